/** The product's main job on real input: Debian's mosquitto clients, the real program, its API, its retained topics. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AlertResource, DeviceResource, PathResource } from '../../gateway/model/resource.ts';
import { GatewayHome, GatewayProcess } from '../support/running-gateway.ts';

/** The flood depot with intervals short enough for a test; rules and shape are those of the example city. */
const ARRANGEMENT = `timeZone: Asia/Shanghai
agencies:
  - {id: emergency-bureau, kind: bureau, name: {zh: 应急局, en: Bureau}}
  - {id: china-unicom, kind: carrier, name: {zh: 联通, en: Unicom}}
  - {id: china-mobile, kind: carrier, name: {zh: 移动, en: Mobile}}
rules: {resolveAfter: 3s, failbackAfter: 1s, holdTelling: 300ms}
sites:
  - {id: flood-depot, kind: flood-depot, name: {zh: 防汛物资库, en: Flood depot}, responsible: emergency-bureau}
links:
  - {id: fibre, site: flood-depot, carrier: china-unicom, bearer: fibre, priority: 1, interval: 500ms, misses: 3}
  - {id: 5g, site: flood-depot, carrier: china-mobile, bearer: 5g, priority: 2, interval: 500ms, misses: 3}
devices:
  - {id: level, site: flood-depot, kind: flood-sensor, interval: 60s, plausible: {water_level_m: [70, 85]}, thresholds: [{metric: water_level_m, above: 79.30, name: 警戒水位, severity: orange}]}
  - {id: radio, site: flood-depot, kind: radio, interval: 60s}
`;
interface List<Item> { readonly items: readonly Item[] }

let home: GatewayHome;
let gateway: GatewayProcess;
beforeAll(async () => {
  home = new GatewayHome(ARRANGEMENT);
  gateway = await GatewayProcess.start(home);
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  home[Symbol.dispose]();
});

async function pub(topic: string, payload: string): Promise<number | null> {
  const child = spawn('mosquitto_pub', ['-p', String(gateway.ready.mqtt), '-q', '1', '-t', topic, '-m', payload], { stdio: 'ignore' });
  const [code] = await once(child, 'exit') as [number | null];
  return code;
}
/** Heartbeats of links every 250 ms by one mosquitto_pub that reads lines, until disposed. */
function beat(link: string): Disposable {
  const child = spawn('mosquitto_pub', ['-p', String(gateway.ready.mqtt), '-q', '1', '-t', `lianqin/v1/links/${link}/heartbeat`, '-l'], { stdio: ['pipe', 'ignore', 'ignore'] });
  const timer = setInterval(() => { child.stdin.write('{}\n'); }, 250);
  return { [Symbol.dispose]: () => { clearInterval(timer); child.kill(); } };
}
async function retained(topic: string): Promise<string> {
  const child = spawn('mosquitto_sub', ['-p', String(gateway.ready.mqtt), '-t', topic, '-C', '1', '-W', '5'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (data: Buffer) => { text += data.toString(); });
  await once(child, 'exit');
  return text;
}
const ladder = async (): Promise<AlertResource[]> =>
  (await gateway.get<List<AlertResource>>('/api/v1/alerts')).items.filter((alert) => alert.subject.type === 'site' && alert.kind !== 'site-dark');
const path = (is: string, within: number): Promise<PathResource> => gateway.until<PathResource>('/api/v1/paths/flood-depot', (body) => body.is === is, within);

describe('a heartbeat by mosquitto_pub', () => {
  it('makes the device up in the API, on its retained topic and in the history', async () => {
    expect(await pub('lianqin/v1/devices/level/heartbeat', '{"metrics":{"water_level_m":78.5}}')).toBe(0);
    const device = await gateway.until<DeviceResource>('/api/v1/devices/level', (body) => body.state.is === 'up');
    expect(device.metrics['water_level_m']?.value).toBe(78.5);
    expect(JSON.parse(await retained('lianqin/v1/state/devices/level'))).toMatchObject({ is: 'up' });
    const history = await gateway.until<{ points: [number, number][] }>('/api/v1/history?device=level&metric=water_level_m', (body) => body.points.length > 0);
    expect(history.points).toHaveLength(1);
    expect(history.points[0]?.[1]).toBe(78.5);
  });

  it('of an unknown device is acknowledged, kept in quarantine with the reason, and counted', async () => {
    expect(await pub('lianqin/v1/devices/nobody/heartbeat', '{}')).toBe(0);
    const list = await gateway.until<List<{ code: string; topic: string }>>('/api/v1/quarantine', (body) => body.items.length > 0);
    expect(list.items[0]).toMatchObject({ code: 'unknown-device', topic: 'lianqin/v1/devices/nobody/heartbeat' });
    expect(await (await fetch(`${gateway.httpUrl}/metrics`)).text()).toContain('lianqin_refused_total{code="unknown-device"} 1');
  });
});

describe('the flood depot, with links that come and go', () => {
  it('goes primary, failover, isolated, improved, resolved: one rung at a time, devices unreachable, no storm', async () => {
    using fibre = beat('fibre');
    using mobile = beat('5g');
    await path('primary', 15_000);

    const cutAt = performance.now();
    fibre[Symbol.dispose]();
    await path('failover', 10_000);
    // The dead interval is 1.5 s, counted from the last heartbeat; one second more is allowed, and a slow machine one.
    expect(performance.now() - cutAt).toBeLessThan(3_500);
    const [rung, ...others] = await ladder();
    expect(others).toEqual([]);
    expect(rung).toMatchObject({ kind: 'site-failover', severity: 'orange' });
    expect(rung?.text.zh).toContain('再无备用');
    expect(rung?.evidence.length).toBeGreaterThan(0);

    // Two links that end within their interval + 5 s of each other would be a power cut; this is not one.
    await sleep(5_500);
    mobile[Symbol.dispose]();
    await path('isolated', 10_000);
    const [isolated, ...more] = await ladder();
    expect(more).toEqual([]);
    expect(isolated).toMatchObject({ kind: 'site-isolated', severity: 'red', phase: 'firing' });
    expect((await gateway.get<AlertResource>(`/api/v1/alerts/${rung?.id}`))).toMatchObject({ phase: 'resolved', resolution: 'superseded', supersededBy: isolated?.id });
    expect((await gateway.get<DeviceResource>('/api/v1/devices/level')).state.is).toBe('unreachable');
    await sleep(1_000);
    const open = (await gateway.get<List<AlertResource>>('/api/v1/alerts')).items.map((alert) => alert.kind).sort();
    expect(open).toEqual(['link-down', 'link-down', 'site-isolated']);
    expect(JSON.parse(await retained(`lianqin/v1/alerts/${isolated?.id}`))).toMatchObject({ kind: 'site-isolated' });

    using _fibre = beat('fibre');
    using _mobile = beat('5g');
    await path('primary', 15_000);
    expect((await ladder())[0]).toMatchObject({ id: isolated?.id, improved: true, phase: 'firing' });
    await gateway.until<AlertResource>(`/api/v1/alerts/${isolated?.id}`, (alert) => alert.phase === 'resolved', 15_000);
    const timeline = await gateway.get<List<{ type: string }>>(`/api/v1/alerts/${isolated?.id}/timeline`);
    expect(timeline.items.map((item) => item.type)).toEqual(expect.arrayContaining(['raised', 'told', 'improved', 'resolved']));
  }, 60_000);
});

describe('time that misbehaves', () => {
  it('raises nothing for a SIGSTOP of the whole program that is far longer than any dead interval', async () => {
    using _fibre = beat('fibre');
    using _mobile = beat('5g');
    await path('primary', 15_000);
    await gateway.until<List<AlertResource>>('/api/v1/alerts', (body) => body.items.length === 0, 30_000);
    const before = (await gateway.get<List<AlertResource>>('/api/v1/alerts?phase=all')).items.length;
    gateway.child.kill('SIGSTOP');
    await sleep(6_000);
    gateway.child.kill('SIGCONT');
    await sleep(2_500);
    expect((await gateway.get<List<AlertResource>>('/api/v1/alerts?phase=all')).items.length).toBe(before);
    await path('primary', 1_000);
  }, 60_000);
});

describe('a device that nobody knows', () => {
  it('is adopted in one step, at once for MQTT and HTTP, for good over a restart, and can be had as YAML for the file', async () => {
    expect(await pub('lianqin/v1/devices/new-radio/heartbeat', '{}')).toBe(0);
    const post = (path: string, body: string): Promise<Response> => fetch(`${gateway.httpUrl}${path}`, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
    expect((await post('/api/v1/ingest/new-radio', '{}')).status).toBe(404);
    expect((await post('/api/v1/devices/new-radio/adopt', '{"site":"nowhere","kind":"radio"}')).status).toBe(400);
    expect((await post('/api/v1/devices/new-radio/adopt', '{"site":"flood-depot","kind":"toaster"}')).status).toBe(400);
    expect((await post('/api/v1/devices/new-radio/adopt', '{"site":"flood-depot","kind":"radio","interval":"60s"}')).status).toBe(201);
    expect((await post('/api/v1/devices/new-radio/adopt', '{"site":"flood-depot","kind":"radio"}')).status).toBe(409);
    expect(await pub('lianqin/v1/devices/new-radio/heartbeat', '{"metrics":{"rssi_dbm":-80}}')).toBe(0);
    await gateway.until<DeviceResource>('/api/v1/devices/new-radio', ({ state, metrics }) => state.is === 'up' && metrics['rssi_dbm']?.value === -80);
    expect((await post('/api/v1/ingest/new-radio', '{"metrics":{"rssi_dbm":-81}}')).status).toBe(204);
    await gateway.until<DeviceResource>('/api/v1/devices/new-radio', ({ metrics }) => metrics['rssi_dbm']?.value === -81);
    expect((await post('/api/v1/ingest/new-radio', 'no json')).status).toBe(400);
    expect(await (await fetch(`${gateway.httpUrl}/api/v1/overlay`)).text()).toContain('id: new-radio');
    await gateway.kill('SIGKILL');
    gateway = await GatewayProcess.start(home);
    expect((await gateway.get<DeviceResource>('/api/v1/devices/new-radio')).state.is).toBe('up');
  }, 30_000);
});
