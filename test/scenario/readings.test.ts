/** Readings that come late, from a wrong clock, no longer, or always the same. */
import { describe, expect, it } from 'vitest';
import { gaps } from '../../gateway/engine/gap-ledger.ts';
import { minutes } from '../../gateway/model/time.ts';
import { city, level } from '../support/city.ts';
import { EngineRun } from '../support/engine-run.ts';

const arrangement = city([{
  id: 'station', links: [{ id: 'fibre' }],
  devices: [{ id: 'gauge', interval: 60, thresholds: [level(79.3, 'orange', '警戒水位')], moves: { water_level_m: { by: 0.01, within: minutes(60), season: { from: '06-01', to: '09-30' } } } }],
}]);
/** A reading a minute, and the device's heartbeat with it. */
function flow(run: EngineRun, until: number, value: (second: number) => number | null): EngineRun {
  for (let second = Math.ceil(run.ms / 60_000) * 60; second <= until; second += 60) {
    run.keep(second, ['fibre']).device('gauge', { via: 'fibre' });
    const read = value(second);
    if (read !== null) run.reading('gauge', 'water_level_m', read);
  }
  return run;
}
const wave = (second: number): number => 78 + (second % 600) / 6_000;
const open = (run: EngineRun, kind: string): boolean => run.kinds().includes(kind);

describe('late data', () => {
  const flooded = (): EngineRun => flow(new EngineRun(arrangement), 600, (second) => (second < 300 ? 79 : 79.42));
  it('never ends a flood: three readings of an hour ago that lie below it', () => {
    const run = flooded();
    expect(open(run, 'threshold')).toBe(true);
    for (let each = 0; each < 5; each += 1) run.wait(1).reading('gauge', 'water_level_m', 78, { ago: 3_600 - each });
    run.wait(400);
    expect(run.open().find((alert) => alert.kind === 'threshold')).toMatchObject({ improved: false, phase: 'firing' });
  });

  it('may begin one, where it is newer than what is held, and says that it is a late report', () => {
    const run = flow(new EngineRun(arrangement), 600, (second) => (second <= 60 ? 79 : null));
    run.keep(1_200, ['fibre'], []).reading('gauge', 'water_level_m', 79.4, { ago: 300 });
    const raised = run.open().find((alert) => alert.kind === 'threshold');
    expect(raised?.because.zh).toContain('(补报)');
    run.reading('gauge', 'water_level_m', 79.45);
    expect(run.open().filter((alert) => alert.kind === 'threshold')).toHaveLength(1);
  });
});

describe('a device\'s clock', () => {
  function withClock(behind: number, read: (second: number) => number = wave): EngineRun {
    const run = new EngineRun(arrangement);
    for (let second = 0; second <= 600; second += 60) run.keep(second, ['fibre']).device('gauge').reading('gauge', 'water_level_m', read(second), { clock: behind });
    return run;
  }
  it('that is two minutes behind is said in blue, one that is an hour behind in yellow, ten seconds are nothing', () => {
    expect(withClock(120).open().find((alert) => alert.kind === 'clock-skew')).toMatchObject({ severity: 'blue', subject: { id: 'gauge' } });
    expect(withClock(3_600).open().find((alert) => alert.kind === 'clock-skew')).toMatchObject({ severity: 'yellow' });
    expect(open(withClock(10), 'clock-skew')).toBe(false);
  });

  it('that is wrong does not make its readings late: they were observed when they came', () => {
    const run = withClock(3_600, () => 79.1);
    run.wait(60).reading('gauge', 'water_level_m', 79.42, { clock: 3_600 });
    const raised = run.open().find((alert) => alert.kind === 'threshold');
    expect(raised?.because.zh).toMatch(/79\.42.*警戒水位 0\.12 m$/);
    for (let each = 0; each < 3; each += 1) run.wait(60).reading('gauge', 'water_level_m', 79.1, { clock: 3_600 });
    expect(run.open().find((alert) => alert.kind === 'threshold')?.improved).toBe(true);
  });

  it('is right again when it was set', () => {
    const run = withClock(3_600);
    for (let each = 0; each < 6; each += 1) run.wait(60).device('gauge').link('fibre').reading('gauge', 'water_level_m', 78, { clock: 0 });
    expect(run.open().find((alert) => alert.kind === 'clock-skew')?.improved).toBe(true);
  });

  it('is not doubted for a backlog that comes in all at once', () => {
    const run = flow(new EngineRun(arrangement), 300, wave);
    for (let each = 10; each > 0; each -= 1) run.reading('gauge', 'water_level_m', 78, { clock: each * 60 });
    expect(open(run, 'clock-skew')).toBe(false);
  });
});

describe('a metric that no longer comes', () => {
  it('though its device is heard is stale after five of its own cadences, and fresh with the next reading', () => {
    const run = flow(new EngineRun(arrangement), 600, wave);
    flow(run, 840, () => null);
    expect(open(run, 'sensor-stale')).toBe(false);
    flow(run, 1_020, () => null);
    expect(run.open().find((alert) => alert.kind === 'sensor-stale')).toMatchObject({ severity: 'blue', subject: { id: 'gauge', metric: 'water_level_m' } });
    flow(run, 1_080, wave);
    expect(run.open().find((alert) => alert.kind === 'sensor-stale')?.improved).toBe(true);
  });

  it('is not stale when a gauge that sent every few seconds in a rising river goes back to its own pace', () => {
    const run = flow(new EngineRun(arrangement), 600, wave);
    for (let each = 0; each < 60; each += 1) run.wait(3).link('fibre').device('gauge').reading('gauge', 'water_level_m', 78 + each / 1_000);
    flow(run, 1_800, wave);
    expect(run.timeline.some((entry) => entry.detail['kind'] === 'sensor-stale')).toBe(false);
  });

  it('because its device is silent is not said a second time', () => {
    const run = flow(new EngineRun(arrangement), 600, wave).keep(3_000, ['fibre']);
    expect(open(run, 'device-down')).toBe(true);
    expect(open(run, 'sensor-stale')).toBe(false);
  });
});

describe('a metric that must move', () => {
  const inSummer = (run: EngineRun): EngineRun => { run.wallOffset = Date.UTC(2026, 6, 15) - 1_790_000_000_000; return run; };
  const inWinter = (run: EngineRun): EngineRun => { run.wallOffset = Date.UTC(2026, 0, 15) - 1_790_000_000_000; return run; };
  it('and stands for an hour in its season is stuck, until it moves', () => {
    const run = flow(inSummer(new EngineRun(arrangement)), 3_540, () => 78.2);
    expect(open(run, 'sensor-stuck')).toBe(false);
    flow(run, 3_720, () => 78.2);
    expect(run.open().find((alert) => alert.kind === 'sensor-stuck')).toMatchObject({ severity: 'blue' });
    flow(run, 3_780, () => 78.25);
    expect(run.open().find((alert) => alert.kind === 'sensor-stuck')?.improved).toBe(true);
  });

  it('may stand still under the ice', () => {
    expect(open(flow(inWinter(new EngineRun(arrangement)), 7_200, () => 78.2), 'sensor-stuck')).toBe(false);
  });
});

describe('the gap ledger', () => {
  it('says for each hour what should have come and what did, also for hours in which nothing came', () => {
    const run = new EngineRun(arrangement);
    const hour = 3_600;
    flow(run, hour, wave);
    run.keep(3 * hour, ['fibre']);
    run.device('gauge').reading('gauge', 'water_level_m', 78, { ago: 1_800 }).input({ type: 'device-repeated', device: 'gauge' as never });
    const device = run.engine.devices.get('gauge')!;
    const hours = gaps(device.ledger, device.device.timing.interval, run.now().wall);
    const sum = (of: 'expected' | 'received' | 'late' | 'duplicate'): number => hours.reduce((total, each) => total + each[of], 0);
    expect([sum('received'), sum('late'), sum('duplicate')]).toEqual([62, 1, 1]);
    // Three hours at one a minute; each hour rounds down.
    expect(sum('expected')).toBeGreaterThanOrEqual(177);
    expect(sum('expected')).toBeLessThanOrEqual(180);
    expect(hours.filter((each) => each.expected >= 59 && each.received === 0).length).toBeGreaterThanOrEqual(1);
    run.save().crash(arrangement, 3_600);
    const after = run.engine.devices.get('gauge')!;
    expect(gaps(after.ledger, after.device.timing.interval, run.now().wall).reduce((total, each) => total + each.received, 0)).toBe(62);
  });
});
