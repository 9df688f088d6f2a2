import { describe, expect, it } from 'vitest';
import { city, level } from '../support/city.ts';
import { EngineRun } from '../support/engine-run.ts';

const depot = city([{
  id: 'depot', links: [{ id: 'fibre' }, { id: '5g', interval: 10 }],
  devices: [{ id: 'level', thresholds: [level(79.3, 'orange', '警戒水位'), level(80.79, 'red', '保证水位')] }, { id: 'ups', interval: 30, mainsMetric: 'mains' }],
}]);
const both = ['fibre', '5g'];
const calm = (): EngineRun => new EngineRun(depot).keep(120, both, ['level', 'ups'], 'fibre');

describe('the flood depot', () => {
  it('is on its preferred link with a backup, and nothing is open', () => {
    const run = calm();
    expect(run.path('depot')).toBe('primary');
    expect(run.kinds()).toEqual([]);
  });

  it('goes to its backup within the dead interval, with exactly one rung of the ladder open and readable evidence', () => {
    const run = calm().keep(134, ['5g']);
    expect(run.path('depot')).toBe('primary');
    run.keep(136, ['5g']);
    expect(run.path('depot')).toBe('failover');
    const [rung, ...more] = run.ladder('depot');
    expect(more).toEqual([]);
    expect(rung).toMatchObject({ kind: 'site-failover', severity: 'orange', phase: 'firing' });
    expect(rung?.because.zh).toContain('再无备用');
    expect(rung?.evidence.map((each) => each.type)).toContain('silence');
  });

  it('tells the failover only after the hold, once', () => {
    const run = calm().keep(136, ['5g']);
    const tellings = (): string[] => run.told.filter((tell) => tell.alert.kind === 'site-failover').map((tell) => tell.occasion);
    expect(tellings()).toEqual([]);
    run.keep(160, ['5g']);
    expect(tellings()).toEqual(['opened']);
  });

  it('is isolated when the second link falls silent, red, superseding the failover, with its devices unreachable and no storm', () => {
    const run = calm().keep(200, ['5g'], ['level', 'ups'], '5g');
    run.at(231);
    expect(run.path('depot')).toBe('isolated');
    expect(run.ladder('depot')).toHaveLength(1);
    expect(run.ladder('depot')[0]).toMatchObject({ kind: 'site-isolated', severity: 'red' });
    const superseded = [...run.engine.resolvedAlerts()].find((alert) => alert.kind === 'site-failover');
    expect(superseded).toMatchObject({ resolution: 'superseded', supersededBy: run.ladder('depot')[0]?.id });
    expect([...run.engine.devices.values()].map((device) => device.is)).toEqual(['unreachable', 'unreachable']);
    run.at(900);
    expect(run.kinds()).toEqual(['link-down', 'link-down', 'site-isolated']);
    expect([...run.engine.devices.values()].map((device) => device.is)).toEqual(['unreachable', 'unreachable']);
  });

  it('says improved when the links return, and resolved only after resolveAfter', () => {
    const run = calm().keep(200, ['5g'], ['level', 'ups'], '5g').at(300);
    const isolated = run.ladder('depot')[0];
    run.keep(340, both, ['level', 'ups'], 'fibre');
    expect(run.path('depot')).toBe('primary');
    const improved = run.ladder('depot')[0];
    expect(improved).toMatchObject({ id: isolated?.id, improved: true, phase: 'firing' });
    expect(run.timeline.filter((entry) => entry.alert === isolated?.id).map((entry) => entry.type)).toContain('improved');
    expect(run.told.filter((tell) => tell.alert.id === isolated?.id).map((tell) => tell.occasion)).toEqual(['opened', 'improved']);
    run.keep(590, both, ['level', 'ups'], 'fibre');
    expect(run.ladder('depot')).toHaveLength(1);
    run.keep(700, both, ['level', 'ups'], 'fibre');
    expect(run.kinds()).toEqual([]);
    expect(run.told.filter((tell) => tell.alert.id === isolated?.id).map((tell) => tell.occasion)).toEqual(['opened', 'improved', 'resolved']);
  });

  it('keeps carrying on the backup until the preferred link was good for failbackAfter', () => {
    const run = calm().keep(200, ['5g']).keep(230, both);
    expect(run.engine.sites.get('depot')?.path).toMatchObject({ is: 'failover', carries: '5g', next: 'fibre' });
    expect(run.engine.sites.get('depot')?.path?.holdUntil).not.toBeNull();
    run.keep(290, both);
    expect(run.engine.sites.get('depot')?.path).toMatchObject({ is: 'primary', carries: 'fibre', holdUntil: null });
  });

  it('is unprotected when only the backup is down', () => {
    const run = calm().keep(200, ['fibre']);
    expect(run.path('depot')).toBe('unprotected');
    expect(run.ladder('depot')[0]).toMatchObject({ kind: 'site-unprotected', severity: 'yellow' });
  });

  it('is dark, not cut, when everything falls silent at once, and says site power', () => {
    const run = calm().at(400);
    const dark = run.open().find((alert) => alert.kind === 'site-dark');
    expect(dark).toMatchObject({ severity: 'red', parent: null });
    expect(dark?.because.zh).toContain('疑站点断电');
    expect(run.open().filter((alert) => alert.kind !== 'site-dark').every((alert) => alert.toldAt !== null || alert.parent === dark?.id)).toBe(true);
    expect(run.open().find((alert) => alert.kind === 'site-isolated')).toMatchObject({ parent: dark?.id, toldAt: null });
    expect([...run.engine.links.values()].map((link) => link.verdict)).toEqual(['site-power', 'site-power']);
    expect(run.kinds().some((kind) => kind.includes('carrier'))).toBe(false);
  });

  it('is confirmed to be dark where mains was reported lost before', () => {
    const run = calm().reading('ups', 'mains', 0).at(400);
    expect(run.open().find((alert) => alert.kind === 'site-dark')?.because.zh).toContain('此前已报市电中断');
  });

  it('is not isolated while a device is heard that no link accounts for', () => {
    const run = calm();
    for (let second = 140; second <= 400; second += 10) run.at(second).device('level');
    expect(run.path('depot')).toBe('unknown');
    expect(run.kinds()).not.toContain('site-isolated');
  });

  it('gives devices a full dead interval once the way to them is back, and then calls the silent ones down', () => {
    const run = calm().keep(200, ['5g']).at(500).keep(560, both, ['ups'], 'fibre');
    expect(run.engine.devices.get('level')?.is).toBe('late');
    expect(run.engine.devices.get('ups')?.is).toBe('up');
    run.keep(800, both, ['ups'], 'fibre');
    expect(run.engine.devices.get('level')?.is).toBe('down');
    expect(run.kinds()).toContain('device-down');
  });
});

describe('the level at the flood depot', () => {
  const wave = (): EngineRun => {
    const run = calm();
    for (const value of [79.1, 79.25, 79.42]) run.wait(60).link(...both).reading('level', 'water_level_m', value);
    return run;
  };

  it('raises the level that is exceeded, by name', () => {
    const alert = wave().open().find((each) => each.kind === 'threshold');
    expect(alert).toMatchObject({ level: '警戒水位', severity: 'orange' });
    expect(alert?.because.zh).toContain('超警戒水位 0.12');
  });

  it('keeps the flood alert when the gauge dies and reads 0.000, and raises sensor-suspect', () => {
    const run = wave();
    const flood = run.open().find((each) => each.kind === 'threshold');
    for (let count = 0; count < 30; count += 1) run.wait(60).link(...both).device('level', { via: 'fibre' }).reading('level', 'water_level_m', 0);
    expect(run.open().find((each) => each.kind === 'threshold')).toMatchObject({ id: flood?.id, improved: false });
    expect(run.open().filter((each) => each.kind === 'sensor-suspect')).toHaveLength(1);
    expect(run.open().find((each) => each.kind === 'sensor-suspect')?.because.zh).toContain('超限告警不解除');
  });

  it('clears only by three plausible readings through the hysteresis, and then after resolveAfter', () => {
    const run = wave();
    run.wait(60).reading('level', 'water_level_m', 79.25).wait(60).reading('level', 'water_level_m', 79.15).wait(60).reading('level', 'water_level_m', 79.1);
    expect(run.open().find((each) => each.kind === 'threshold')?.improved).toBe(false);
    run.wait(60).reading('level', 'water_level_m', 79.1);
    expect(run.open().find((each) => each.kind === 'threshold')?.improved).toBe(true);
    run.wait(301);
    expect(run.open().find((each) => each.kind === 'threshold')).toBeUndefined();
  });

  it('goes from one level to the next as one ladder, and back as an improvement of the same alert', () => {
    const run = wave();
    for (const value of [79.9, 80.4, 80.85]) run.wait(300).reading('level', 'water_level_m', value);
    const red = run.open().filter((each) => each.kind === 'threshold');
    expect(red).toHaveLength(1);
    expect(red[0]).toMatchObject({ level: '保证水位', severity: 'red' });
    for (const value of [80.6, 80.5, 80.4]) run.wait(300).reading('level', 'water_level_m', value);
    expect(run.open().filter((each) => each.kind === 'threshold')).toMatchObject([{ id: red[0]?.id, level: '警戒水位', severity: 'orange', improved: true }]);
  });

  it('is never resolved by silence', () => {
    const run = wave().at(36_000);
    expect(run.open().find((each) => each.kind === 'threshold')).toMatchObject({ improved: false });
  });
});
