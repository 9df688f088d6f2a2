/** Nights on the fake clock: what is told, minute by minute, and what is not. */
import { describe, expect, it } from 'vitest';
import type { Arrangement } from '../../gateway/arrangement/arrangement.ts';
import type { AgencyId } from '../../gateway/model/ids.ts';
import { city, type SiteSpec } from '../support/city.ts';
import { EngineRun } from '../support/engine-run.ts';

const SITES = 10;
/** Ten sites on a fibre of one carrier and a 5G of another, half of them in one county, a UPS in each. */
const specs: SiteSpec[] = Array.from({ length: SITES }, (_, index) => ({
  id: `s${index}`, county: index < 5 ? 'qianjin' : 'xiangyang',
  links: [{ id: `s${index}-fibre`, carrier: 'china-unicom', causes: index < 2 ? ['river-duct'] : [] }, { id: `s${index}-5g`, carrier: 'china-mobile', bearer: '5g' as const, interval: 10, causes: index === 2 ? ['river-duct'] : [] }],
  devices: [{ id: `s${index}-ups`, kind: 'ups' as const, interval: 30, mainsMetric: 'mains' }],
}));
const arrangement: Arrangement = city(specs);
const links = (test: (id: string) => boolean = () => true): string[] => specs.flatMap((spec) => (spec.links ?? []).map(({ id }) => id)).filter(test);
const devices = specs.flatMap((spec) => (spec.devices ?? []).map(({ id }) => id));
/** What was told so far: `second kind subject occasion`. */
const told = (run: EngineRun): string[] => run.told.map(({ alert, occasion }) => `${alert.kind} ${alert.subject.id} ${occasion}`);
const openKinds = (run: EngineRun, kind: string): string[] => run.open().filter((alert) => alert.kind === kind).map((alert) => alert.subject.id).toSorted();
const calm = (of: Arrangement = arrangement): EngineRun => new EngineRun(of).keep(120, links(), devices);

describe('a carrier whose core fails, its links going one by one over 30 s', () => {
  const unicom = (id: string): boolean => id.endsWith('-fibre');
  it('is one outage of that carrier, with the sites that moved over folded into it, and nobody is called isolated', () => {
    const run = calm();
    for (let gone = 0; gone < SITES; gone += 1) run.keep(120 + (gone + 1) * 3, links((id) => !unicom(id) || Number(id.slice(1, id.indexOf('-'))) > gone));
    run.keep(180, links((id) => !unicom(id)), devices);
    expect(openKinds(run, 'carrier-outage')).toEqual(['china-unicom']);
    const outage = run.open().find((alert) => alert.kind === 'carrier-outage');
    expect(outage).toMatchObject({ severity: 'orange', carrier: 'china-unicom' });
    expect(outage?.because.zh).toMatch(/10条链路断10条,10站已切备用,再无备用10站/);
    expect(openKinds(run, 'site-isolated')).toEqual([]);
    run.keep(300, links((id) => !unicom(id)), devices);
    const failovers = run.told.filter((tell) => tell.alert.kind === 'site-failover');
    // At most the two or three that had been told before there was an outage to be seen.
    expect(failovers.length).toBeLessThanOrEqual(3);
    expect(run.open().filter((alert) => alert.kind === 'site-failover' && alert.parent === outage?.id).length).toBeGreaterThanOrEqual(7);
  });

  it('ends ten minutes after its links are back, said once', () => {
    const run = calm().keep(200, links((id) => !unicom(id)), devices).keep(500, links(), devices);
    expect(openKinds(run, 'carrier-outage')).toEqual(['china-unicom']);
    run.keep(1_100, links(), devices);
    expect(openKinds(run, 'carrier-outage')).toEqual([]);
    expect(told(run).filter((line) => line.startsWith('carrier-outage')).filter((line) => line.endsWith('resolved'))).toHaveLength(1);
  });

  it('is red once a second carrier fails, both of them', () => {
    const run = calm().keep(200, links((id) => !unicom(id)), devices);
    run.keep(260, [], []);
    // The second takes the sites with it: without another way to hear them nobody else is blamed.
    expect(openKinds(run, 'carrier-outage')).not.toContain('china-mobile');
    expect(openKinds(run, 'site-isolated').length).toBe(SITES);
  });

  it('is the centre\'s own fault where its access to the carrier fails: links unknown, nobody blamed, and one dead interval of grace after', () => {
    const run = calm();
    const check = (reachable: boolean): void => { run.input({ type: 'reference-checked', carrier: 'china-unicom' as AgencyId, reachable }); };
    for (let at = 120; at < 150; at += 5) {
      run.keep(at, links((id) => !unicom(id)), devices);
      check(false);
    }
    run.keep(200, links((id) => !unicom(id)), devices);
    expect(openKinds(run, 'access-blind')).toEqual(['china-unicom']);
    expect(openKinds(run, 'carrier-outage')).toEqual([]);
    expect(new Set([...run.engine.links.values()].filter(({ link }) => link.carrier === 'china-unicom').map(({ is }) => is))).toEqual(new Set(['unknown']));
    const before = run.told.length;
    check(true);
    run.keep(700, links(), devices);
    expect(openKinds(run, 'access-blind')).toEqual([]);
    expect(run.told.slice(before).filter((tell) => tell.alert.kind !== 'access-blind' && tell.occasion === 'opened')).toEqual([]);
  });
});

describe('a duct with the cables of two carriers that is cut', () => {
  const inDuct = ['s0-fibre', 's1-fibre', 's2-5g'];
  it('is one shared cause, red, that names both, and no outage of either', () => {
    const run = calm().keep(200, links((id) => !inDuct.includes(id)), devices);
    const cause = run.open().find((alert) => alert.kind === 'shared-cause');
    expect(cause).toMatchObject({ severity: 'red', subject: { type: 'cause', id: 'river-duct' } });
    expect(cause?.because.zh).toMatch(/2家3条链路同断/);
    expect(cause?.parts.map(({ agency }) => agency).toSorted()).toEqual(['china-mobile', 'china-unicom']);
    expect(openKinds(run, 'carrier-outage')).toEqual([]);
    // The 5G takes longer to be called down; the fibres of one carrier were told by then.
    expect(run.open().find((alert) => alert.subject.id === 's2-5g')).toMatchObject({ parent: cause?.id, toldAt: null });
    expect(told(run).filter((line) => line.includes('2-5g'))).toEqual([]);
  });

  it('is not called so when the second cable of the same carrier goes an hour later', () => {
    const run = calm().keep(200, links((id) => id !== 's0-fibre'), devices).keep(3_800, links((id) => id !== 's0-fibre'), devices).keep(3_900, links((id) => !['s0-fibre', 's1-fibre'].includes(id)), devices);
    expect(openKinds(run, 'shared-cause')).toEqual([]);
  });
});

describe('a power cut in half the city, base stations dying one by one', () => {
  const county = specs.slice(0, 5).map(({ id }) => id);
  function night(): EngineRun {
    const run = calm();
    for (const id of county) run.reading(`${id}-ups`, 'mains', 0);
    run.keep(200, links(), devices);
    return run;
  }
  it('is told to the power agency after a minute: one alert of the area, a list by minutes left, no carrier', () => {
    const run = night();
    expect(openKinds(run, 'area-power')).toEqual(['qianjin']);
    expect(run.open().find((alert) => alert.kind === 'area-power')?.parts.map(({ agency }) => agency)).toEqual(['grid-company']);
    expect(run.kinds().some((kind) => kind.startsWith('carrier') || kind === 'shared-cause')).toBe(false);
    expect(run.told.filter((tell) => tell.alert.kind === 'mains-lost').length).toBeLessThanOrEqual(2);
  });

  it('says how long each battery lasts, and turns red where ten minutes are left', () => {
    const run = night();
    run.reading('s0-ups', 'battery_min', 28);
    expect(run.open().find((alert) => alert.kind === 'battery-low' && alert.site === 's0')).toMatchObject({ severity: 'orange' });
    run.reading('s0-ups', 'battery_min', 9);
    const low = run.open().find((alert) => alert.kind === 'battery-low' && alert.site === 's0');
    expect(low).toMatchObject({ severity: 'red' });
    expect(low?.because.zh).toMatch(/电池约剩9分钟,预计\d\d:\d\d失联/);
    expect(run.open().find((alert) => alert.kind === 'area-power')?.because.zh).toMatch(/s0剩9分钟/);
  });

  it('calls each site that dies dark, never its carriers, and joins later ones to the one alert', () => {
    const run = night();
    const alive = (id: string): boolean => !id.startsWith('s0-') && !id.startsWith('s1-');
    run.keep(400, links(alive), devices.filter(alive));
    expect(openKinds(run, 'site-dark')).toEqual(['s0', 's1']);
    expect(openKinds(run, 'area-power')).toEqual(['qianjin']);
    expect(run.kinds().filter((kind) => kind === 'carrier-outage' || kind === 'shared-cause')).toEqual([]);
    expect(run.open().filter((alert) => alert.kind === 'link-down' && alert.site === 's0').map((alert) => run.engine.links.get(alert.subject.id)?.verdict)).toEqual(['site-power', 'site-power']);
    const area = run.open().find((alert) => alert.kind === 'area-power');
    expect(area?.because.zh).toContain('s0已断电');
  });

  it('does not take silence for mains that is back', () => {
    const run = night().keep(3_600, links(), devices.filter((id) => id !== 's4-ups'));
    expect(run.open().some((alert) => alert.site === 's4' && alert.kind === 'mains-lost')).toBe(true);
    run.reading('s4-ups', 'mains', 1).keep(4_000, links(), devices);
    expect(run.open().some((alert) => alert.site === 's4' && alert.kind === 'mains-lost')).toBe(false);
  });
});

describe('the gateway\'s own way out', () => {
  const check = (run: EngineRun, failing: boolean): void => { run.input({ type: 'self-checked', failing }); };
  it('is told as its own fault, and nothing is said of any site; open alerts stay, and afterwards everybody gets one dead interval', () => {
    const run = calm().keep(200, links((id) => id !== 's3-fibre'), devices);
    const open = run.open().map((alert) => alert.id);
    check(run, true);
    run.at(1_200);
    expect(openKinds(run, 'gateway-blind')).toEqual(['gateway']);
    expect(run.open().find((alert) => alert.kind === 'gateway-blind')).toMatchObject({ severity: 'red' });
    expect(run.kinds().filter((kind) => kind === 'site-isolated' || kind === 'site-dark' || kind === 'carrier-outage')).toEqual([]);
    for (const id of open) expect(run.engine.alert(id)?.phase).toBe('firing');
    expect(new Set([...run.engine.links.values()].filter(({ link }) => link.id !== 's3-fibre').map(({ is }) => is))).toEqual(new Set(['unknown']));
    check(run, false);
    const before = run.told.length;
    run.keep(1_700, links((id) => id !== 's3-fibre'), devices);
    expect(openKinds(run, 'gateway-blind')).toEqual([]);
    expect(run.told.slice(before).filter((tell) => tell.occasion === 'opened')).toEqual([]);
    for (const id of open) expect(run.engine.alert(id)?.phase).toBe('firing');
  });

  it('is not blamed while its own checks work: everybody silent is the disaster', () => {
    const run = calm();
    check(run, false);
    run.at(400);
    expect(openKinds(run, 'gateway-blind')).toEqual([]);
    expect([...openKinds(run, 'site-isolated'), ...openKinds(run, 'site-dark')].length).toBeGreaterThanOrEqual(SITES);
  });

  it('is not blamed while somebody is heard', () => {
    const run = calm();
    check(run, true);
    run.keep(400, ['s0-5g'], []);
    expect(openKinds(run, 'gateway-blind')).toEqual([]);
  });
});

describe('a fibre whose splice bounces', () => {
  it('tells the failover once, calls the link flapping, and says that it is over only when it is', () => {
    const run = calm();
    for (let bounce = 0; bounce < 6; bounce += 1) {
      const begin = 120 + bounce * 60;
      run.keep(begin + 25, links((id) => id !== 's3-fibre'), devices).keep(begin + 60, links(), devices);
    }
    expect(openKinds(run, 'link-flapping')).toEqual(['s3-fibre']);
    const failovers = told(run).filter((line) => line === 'site-failover s3 opened');
    expect(failovers).toHaveLength(1);
    expect(told(run).filter((line) => line.startsWith('site-failover s3 resolved'))).toEqual([]);
    run.keep(2_400, links(), devices);
    expect(run.open().filter((alert) => alert.site === 's3')).toEqual([]);
    expect(told(run).filter((line) => line.startsWith('site-failover s3 resolved'))).toHaveLength(1);
  });
});

describe('a storm of all devices returning', () => {
  it('after a restart of every one of them tells nobody anything', () => {
    const run = calm();
    for (const id of devices) run.input({ type: 'device-status', device: id as never, status: 'offline', will: true });
    run.at(123);
    for (let round = 0; round < 3; round += 1) for (const id of devices) run.device(id);
    run.keep(700, links(), devices);
    expect(run.told).toEqual([]);
    expect(run.open()).toEqual([]);
  });
});
