/** Nights of the simulator against the real program: what is told, and what must not be. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startSimulation, type Simulation } from '../../firmware-sim/simulate.ts';
import type { AlertResource, LinkResource } from '../../gateway/model/resource.ts';
import { GatewayHome, GatewayProcess } from '../support/running-gateway.ts';

const ARRANGEMENT = `timeZone: Asia/Shanghai
agencies:
  - {id: emergency-bureau, kind: bureau, name: {zh: 应急局, en: Bureau}}
  - {id: grid-company, kind: grid-company, name: {zh: 供电公司, en: Grid company}}
  - {id: china-unicom, kind: carrier, name: {zh: 联通, en: Unicom}}
  - {id: china-mobile, kind: carrier, name: {zh: 移动, en: Mobile}}
rules: {resolveAfter: 2s, failbackAfter: 1s, holdTelling: 300ms}
sites:
  - {id: flood-depot, kind: flood-depot, name: {zh: 防汛物资库, en: Flood depot}, responsible: emergency-bureau, power: grid-company}
  - {id: relief-depot, kind: relief-depot, name: {zh: 救灾物资库, en: Relief depot}, responsible: emergency-bureau, power: grid-company}
links:
  - {id: flood-fibre, site: flood-depot, carrier: china-unicom, bearer: fibre, priority: 1, interval: 500ms, misses: 4}
  - {id: flood-5g, site: flood-depot, carrier: china-mobile, bearer: 5g, priority: 2, interval: 500ms, misses: 4}
  - {id: relief-fibre, site: relief-depot, carrier: china-unicom, bearer: fibre, priority: 1, interval: 500ms, misses: 4}
  - {id: relief-5g, site: relief-depot, carrier: china-mobile, bearer: 5g, priority: 2, interval: 500ms, misses: 4}
devices:
  - {id: level, site: flood-depot, kind: flood-sensor, interval: 1s, misses: 4, plausible: {water_level_m: {min: 70, max: 85, maxStep: [{by: 5, per: 5min}]}}, thresholds: [{metric: water_level_m, above: 79.30, name: 警戒水位, severity: orange}]}
  - {id: ups, site: flood-depot, kind: ups, interval: 1s, misses: 4}
  - {id: radio, site: relief-depot, kind: radio, interval: 1s, misses: 4}
`;
let home: GatewayHome;
let gateway: GatewayProcess;
let simulation: Simulation | null = null;
beforeEach(async () => {
  home = new GatewayHome(ARRANGEMENT);
  gateway = await GatewayProcess.start(home);
});
afterEach(async () => {
  await simulation?.stop();
  simulation = null;
  await gateway[Symbol.asyncDispose]();
  home[Symbol.dispose]();
});
interface List { readonly items: readonly AlertResource[] }
function play(steps: string): void {
  const scenario = join(home.folder, 'scenario.yaml');
  writeFileSync(scenario, `name: {zh: 试, en: test}\nlength: 10min\nsteps:\n${steps}\n`);
  simulation = startSimulation({ brokerUrl: gateway.mqttUrl, arrangementText: ARRANGEMENT, scenario });
}
const open = async (): Promise<readonly AlertResource[]> => (await gateway.get<List>('/api/v1/alerts')).items;
const kinds = async (): Promise<string[]> => (await open()).map(({ kind }) => kind).toSorted();
const whenOpen = (kind: string): Promise<List> => gateway.until<List>('/api/v1/alerts', ({ items }) => items.some((alert) => alert.kind === kind), 20_000);

describe('a dead gauge during a flood', () => {
  it('does not end the flood: the threshold alert stays, and the sensor is called suspect', async () => {
    play('  - {at: 2s, level: {devices: level, to: 79.42, over: 3s}}\n  - {at: 7s, gauge: {device: level, reads: zero}}');
    const flood = (await whenOpen('threshold')).items.find(({ kind }) => kind === 'threshold');
    expect(flood).toMatchObject({ severity: 'orange', level: '警戒水位', site: 'flood-depot' });
    const suspect = (await whenOpen('sensor-suspect')).items.find(({ kind }) => kind === 'sensor-suspect');
    expect(suspect?.text.zh).toContain('超限告警不解除');
    // Well over resolveAfter and more than three readings of 0.000.
    await new Promise((resolve) => { setTimeout(resolve, 5_000); });
    expect((await open()).find(({ id }) => id === flood?.id)).toMatchObject({ phase: 'firing', improved: false });
    const history = await gateway.get<{ points: [number, number][] }>('/api/v1/history?device=level&metric=water_level_m');
    expect(history.points.at(-1)?.[1]).toBe(0);
  }, 60_000);
});

describe('a power cut at one site', () => {
  it('is a dark site of its power agency, confirmed by the mains that was reported lost, and no carrier is blamed', async () => {
    play('  - {at: 2s, fail-mains: {site: flood-depot, battery: 4s, generator: fails}}');
    const dark = (await whenOpen('site-dark')).items.find(({ kind }) => kind === 'site-dark');
    expect(dark).toMatchObject({ severity: 'red', site: 'flood-depot', carrier: null });
    expect(dark?.parts.map(({ agency }) => agency)).toEqual(['grid-company']);
    expect(dark?.text.zh).toContain('此前已报市电中断');
    await new Promise((resolve) => { setTimeout(resolve, 1_500); });
    expect((await kinds()).filter((kind) => kind.startsWith('carrier') || kind === 'device-down')).toEqual([]);
    for (const id of ['flood-fibre', 'flood-5g']) expect((await gateway.get<LinkResource>(`/api/v1/links/${id}`)).state.verdict).toBe('site-power');
    expect((await open()).find(({ kind }) => kind === 'site-isolated')).toMatchObject({ parent: dark?.id, toldAt: null });
    expect((await open()).some(({ site }) => site === 'relief-depot')).toBe(false);
  }, 60_000);
});

describe('a storm of restarts', () => {
  it('of every device at once, three times, tells nobody anything', async () => {
    play('  - {at: 3s, reconnect: all}\n  - {at: 5s, restart: all}\n  - {at: 7s, restart: all}');
    await gateway.until<LinkResource>('/api/v1/links/relief-5g', ({ state }) => state.is === 'up');
    await new Promise((resolve) => { setTimeout(resolve, 11_000); });
    expect((await gateway.get<List>('/api/v1/alerts?phase=all')).items).toEqual([]);
    expect(simulation?.counters()).toMatchObject({ dropped: 0, clients: 7 });
  }, 60_000);
});
