import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { INFLUX_POSITION_KEY, InfluxHistory } from '../../gateway/history/influx-history.ts';
import type { InfluxSettings } from '../../gateway/history/influx-server.ts';
import { ownRecord, type SubjectFacts } from '../../gateway/history/record-lines.ts';
import type { JournalCommit } from '../../gateway/model/ports/journal.ts';
import { millis, wallTime } from '../../gateway/model/time.ts';
import { HandClock } from '../support/hand-clock.ts';
import { Influxd } from '../support/influxd.ts';
import { KeptLog, spoolGroup } from '../support/store.ts';
import { SystemClock } from '../../gateway/runtime/system-clock.ts';

/** Points older than the retention are refused, so the tests live in the present. */
const NOW = Date.now() - 3_600_000;
const FACTS: SubjectFacts = {
  device: (id) => ({ level: { site: 'depot', kind: 'flood-sensor' as const, model: null }, radio: { site: 'depot', kind: 'radio' as const, model: 'Hytera RD985, 2' } })[id],
  link: (id) => (id === 'fibre' ? { site: 'depot', carrier: 'china-unicom', bearer: 'fibre' } : undefined),
};
const settings = (url: string, more: Partial<InfluxSettings> = {}): InfluxSettings => ({ url, database: 'lianqin', write: null, read: null, admin: null, token: null, ...more });
interface Bench { readonly history: InfluxHistory; readonly commits: JournalCommit[]; readonly clock: HandClock }
function bench(url: string, position = 0, more: Partial<InfluxSettings> = {}): Bench {
  const commits: JournalCommit[] = [];
  const clock = new HandClock(NOW);
  const journal = { commit: async (commit: JournalCommit) => { commits.push(commit); return { type: 'committed', first: 0 } as const; } };
  return { commits, clock, history: new InfluxHistory({ settings: settings(url, more), journal, position, since: null, facts: FACTS, clock, log: new KeptLog() }) };
}
const level = (value: number, more: object = {}): string => JSON.stringify({ metrics: { water_level_m: value }, ...more });

describe('with a real InfluxDB', () => {
  let influxd: Influxd;
  beforeAll(async () => { influxd = await Influxd.start(); });
  afterAll(async () => { await influxd[Symbol.asyncDispose](); });
  beforeEach(async () => { await influxd.query('DROP DATABASE lianqin'); });

  it('creates database, retention policies and continuous queries, and doing it again changes nothing', async () => {
    for (let time = 0; time < 2; time += 1) {
      const { history } = bench(influxd.url);
      expect(await history.write([spoolGroup(1, [level(79.1)], { id: 'level', at: NOW })])).toMatchObject({ type: 'written' });
      const policies = (await influxd.rows('SHOW RETENTION POLICIES')).map(([name, duration, , , isDefault]) => [name, duration, isDefault]);
      expect(policies).toEqual(expect.arrayContaining([['raw', '720h0m0s', true], ['m5', '9600h0m0s', false], ['events', '9600h0m0s', false]]));
      const queries = (await influxd.query('SHOW CONTINUOUS QUERIES')).results[0]?.series?.find(({ name }) => name === 'lianqin')?.values ?? [];
      expect(queries.map(([name]) => name)).toEqual(expect.arrayContaining(['m5_device_radio', 'm5_carrier_link', 'm5_site_path']));
      expect(queries).toHaveLength(8);
    }
  });

  it('writes each kind to its measurement, and loses no metric that is in none', async () => {
    const { history, commits } = bench(influxd.url);
    await history.write([
      spoolGroup(1, [level(79.42, { ts: NOW - 5_000 })], { id: 'level', at: NOW }),
      spoolGroup(2, [JSON.stringify({ via: 'fibre', metrics: { rssi_dbm: -71, ptt: true, strange_thing: 7 } })], { id: 'radio', at: NOW }),
      spoolGroup(3, ['{"metrics":{"rtt_ms":12.5,"loss_pct":0,"hops":4}}'], { id: 'fibre', kind: 'l', at: NOW }),
      spoolGroup(4, ['{"metrics":{"water_level_m":0},"quality":{"water_level_m":"suspect"}}', 'offline', '{}'], { id: 'level', at: NOW + 1 }),
      spoolGroup(7, ['{"metrics":{"a":1}}'], { id: 'gone', at: NOW }),
    ]);
    expect(await influxd.rows('SELECT water_level_m, received_ms, site, device FROM device_flood')).toEqual([[NOW - 5_000, 79.42, NOW, 'depot', 'level']]);
    expect(await influxd.rows('SELECT rssi_dbm, ptt, carrier, model FROM device_radio')).toEqual([[NOW, -71, 1, 'china-unicom', 'Hytera_RD985__2']]);
    expect(await influxd.rows('SELECT rtt_ms, loss_pct, carrier, bearer FROM carrier_link')).toEqual([[NOW, 12.5, 0, 'china-unicom', 'fibre']]);
    const others = await influxd.rows('SELECT value, metric FROM device_metric');
    expect(others.map(([, value, metric]) => [metric, value])).toEqual(expect.arrayContaining([['strange_thing', 7], ['hops', 4], ['water_level_m.suspect', 0], ['a', 1]]));
    expect(commits.at(-1)?.state).toContainEqual({ key: INFLUX_POSITION_KEY, json: '7' });
  });

  it('answers queries like the embedded history: raw, averaged, limited, by device and by link', async () => {
    const { history } = bench(influxd.url);
    await history.write([
      spoolGroup(1, [level(1), level(3), level(10)], { id: 'level', at: NOW, apart: 30_000 }),
      spoolGroup(4, ['{"metrics":{"rtt_ms":12.5}}'], { id: 'fibre', kind: 'l', at: NOW }),
      spoolGroup(5, ['{"metrics":{"strange_thing":7}}'], { id: 'level', at: NOW }),
    ]);
    const ask = { subject: { type: 'device', id: 'level' }, metric: 'water_level_m', from: wallTime(NOW - 60_000), to: wallTime(NOW + 600_000), step: null, limit: 100 } as const;
    expect((await history.query(ask)).points).toEqual([[NOW, 1], [NOW + 30_000, 3], [NOW + 60_000, 10]]);
    expect(await history.query({ ...ask, limit: 2 })).toMatchObject({ truncated: true, points: [[NOW, 1], [NOW + 30_000, 3]] });
    const sums = (await history.query({ ...ask, step: millis(3_600_000) })).points.map(([, value]) => value);
    expect(sums.length === 1 ? sums : [14 / 3]).toEqual([14 / 3]);
    expect((await history.query({ ...ask, metric: 'strange_thing' })).points).toEqual([[NOW, 7]]);
    expect((await history.query({ ...ask, subject: { type: 'link', id: 'fibre' }, metric: 'rtt_ms' })).points).toEqual([[NOW, 12.5]]);
    expect(await history.metrics({ type: 'device', id: 'level' })).toEqual(['strange_thing', 'water_level_m']);
    expect(await history.metrics({ type: 'link', id: 'fibre' })).toEqual(['rtt_ms']);
  });

  it('counts a group that is written twice once, and moves the second of two values of one millisecond', async () => {
    const groups = (): ReturnType<typeof spoolGroup>[] => [spoolGroup(1, [level(1, { ts: NOW }), level(2, { ts: NOW })], { id: 'level', at: NOW })];
    // Killed after the write and before its cursor was stored: the next start writes the same again.
    for (let start = 0; start < 2; start += 1) await bench(influxd.url).history.write(groups());
    expect(await influxd.rows('SELECT water_level_m FROM device_flood')).toEqual([[NOW, 1], [NOW + 1, 2]]);
    await bench(influxd.url, 1).history.write(groups());
    expect(await influxd.rows('SELECT count(water_level_m) FROM device_flood')).toEqual([[0, 2]]);
  });

  it('sets aside what the server will never take, with its reason, and writes the rest', async () => {
    await bench(influxd.url).history.write([spoolGroup(1, ['{}'], { id: 'level' })]);
    await fetch(`${influxd.url}/write?db=lianqin&rp=raw&precision=ms`, { method: 'POST', body: `device_flood,device=old rain_day_mm=1i ${NOW}` });
    const { history, commits } = bench(influxd.url, 1);
    const payloads = [level(79.1), JSON.stringify({ metrics: { rain_day_mm: 2.5, water_level_m: 79.2 } }), level(79.3)];
    expect(await history.write([spoolGroup(2, payloads, { id: 'level', at: NOW })])).toMatchObject({ type: 'written', position: 4 });
    expect(await influxd.rows('SELECT water_level_m FROM device_flood WHERE device = \'level\'')).toEqual([[NOW, 79.1], [NOW + 2_000, 79.3]]);
    const [refused] = commits.at(-1)?.quarantine ?? [];
    expect(refused).toMatchObject({ code: 'influx-refused' });
    expect(Buffer.from(refused?.payload ?? []).toString()).toContain('rain_day_mm=2.5');
    expect(refused?.detail).toContain('field type conflict');
    expect(history.counters.deadLetters).toBe(1);
  });

  it('counts what is older than the retention, and goes on', async () => {
    const { history, commits } = bench(influxd.url);
    const old = NOW - 40 * 86_400_000;
    expect(await history.write([spoolGroup(1, [level(1, { ts: old }), level(2)], { id: 'level', at: NOW })])).toMatchObject({ type: 'written' });
    expect(await influxd.rows('SELECT water_level_m FROM device_flood')).toEqual([[NOW + 1_000, 2]]);
    expect(commits.at(-1)?.quarantine?.[0]?.code).toBe('influx-late');
    expect(history.counters.lateDropped).toBe(1);
  });

  it('makes its database again where somebody has dropped it, and loses nothing that comes after', async () => {
    const { history } = bench(influxd.url);
    await history.write([spoolGroup(1, [level(1)], { id: 'level', at: NOW })]);
    await influxd.query('DROP DATABASE lianqin');
    const second = (): ReturnType<typeof spoolGroup>[] => [spoolGroup(2, [level(2)], { id: 'level', at: NOW + 1_000 })];
    expect(await history.write(second())).toMatchObject({ type: 'unavailable', misconfigured: true });
    expect(await history.write(second())).toMatchObject({ type: 'written', position: 2 });
    expect(await influxd.rows('SELECT water_level_m FROM device_flood')).toEqual([[NOW + 1_000, 2]]);
  });

  it('cannot be made to write a line, a tag or a field by what a device says', async () => {
    const { history } = bench(influxd.url);
    const evil = 'x\ndevice_flood,device=evil water_level_m=1 1\n';
    await history.write([
      spoolGroup(1, [JSON.stringify({ metrics: { water_level_m: 1 }, boot: 'b', source: { adapter: evil } })], { id: 'level', at: NOW }),
      spoolGroup(2, [ownRecord([{ retention: 'events', text: 'alert_event,kind=threshold alert_id="a1",text="a\\"b" 1' }])], { id: 'gateway', kind: 'p', at: NOW }),
    ]);
    expect(await influxd.rows('SHOW TAG VALUES WITH KEY = device')).toEqual([['device', 'level']]);
  });
});

describe('credentials', () => {
  it('missing or wrong are said as somebody\'s work to do, the data are kept, and the right ones go on where it stopped', async () => {
    await using influxd = await Influxd.start({ auth: true });
    await influxd.query("CREATE USER admin WITH PASSWORD 'secret' WITH ALL PRIVILEGES");
    const group = [spoolGroup(1, [level(5)], { id: 'level', at: NOW })];
    const wrong = bench(influxd.url, 0, { write: { username: 'admin', password: 'guess' } });
    expect(await wrong.history.write(group)).toMatchObject({ type: 'unavailable', misconfigured: true });
    expect(wrong.commits).toEqual([]);
    await influxd.query("CREATE USER writer WITH PASSWORD 'w'; CREATE DATABASE lianqin; GRANT WRITE ON lianqin TO writer", 'lianqin', 'admin:secret');
    const right = bench(influxd.url, 0, { write: { username: 'writer', password: 'w' }, admin: { username: 'admin', password: 'secret' } });
    expect(await right.history.write(group)).toMatchObject({ type: 'written', position: 1 });
  });
});

describe('answers that go wrong', () => {
  /** A server that answers writes as the test says; everything else is well. */
  async function server(answer: (body: string, response: ServerResponse, count: number) => void): Promise<{ readonly url: string; readonly bodies: string[] } & AsyncDisposable> {
    const bodies: string[] = [];
    const http = createServer((request: IncomingMessage, response: ServerResponse) => {
      let body = '';
      request.on('data', (data: Buffer) => { body += data.toString(); });
      request.on('end', () => {
        if (request.url?.startsWith('/write') === true) {
          bodies.push(body);
          answer(body, response, bodies.length);
        } else response.writeHead(request.url === '/ping' ? 204 : 200, { 'x-influxdb-version': '1.6.7' }).end(request.url === '/ping' ? '' : '{"results":[{}]}');
      });
    });
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, bodies, [Symbol.asyncDispose]: async () => { http.closeAllConnections(); http.close(); } };
  }
  const group = (): ReturnType<typeof spoolGroup>[] => [spoolGroup(1, [level(1), level(2), level(3), level(4)], { id: 'level', at: NOW })];

  it.each([
    ['503 in plain text', (response: ServerResponse) => response.writeHead(503).end('Service Unavailable'), { misconfigured: false, retryAfterMs: null }],
    ['429 with Retry-After', (response: ServerResponse) => response.writeHead(429, { 'retry-after': '7' }).end(), { misconfigured: false, retryAfterMs: 7_000 }],
    ['500 cache-max-memory-size', (response: ServerResponse) => response.writeHead(500).end('{"error":"engine: cache-max-memory-size exceeded: (1/1)"}'), { misconfigured: false }],
    ['401', (response: ServerResponse) => response.writeHead(401).end('{"error":"authorization failed"}'), { misconfigured: true }],
    ['404', (response: ServerResponse) => response.writeHead(404).end('{"error":"database not found: \\"lianqin\\""}'), { misconfigured: true }],
    ['500 retention policy not found', (response: ServerResponse) => response.writeHead(500).end('{"error":"retention policy not found: raw"}'), { misconfigured: true }],
  ])('%s: the data stay, and the same bytes are offered again', async (_name, answer, expected) => {
    await using stub = await server((_body, response, count) => { if (count === 1) answer(response); else response.writeHead(204).end(); });
    const { history, commits } = bench(stub.url);
    expect(await history.write(group())).toMatchObject({ type: 'unavailable', ...expected });
    expect(commits).toEqual([]);
    expect(await history.write(group())).toMatchObject({ type: 'written', position: 4 });
    expect(stub.bodies[1]).toBe(stub.bodies[0]);
  });

  it('413: the request is halved until it fits', async () => {
    await using stub = await server((body, response) => { response.writeHead(body.split('\n').length > 1 ? 413 : 204).end(); });
    const { history } = bench(stub.url);
    expect(await history.write(group())).toMatchObject({ type: 'written' });
    expect(stub.bodies.filter((body) => !body.includes('\n'))).toHaveLength(4);
  });

  it('500 without a reason, five times, while the server is well: the poison line is found and set aside, the others are written', async () => {
    await using stub = await server((body, response) => { response.writeHead(body.includes('water_level_m=3') ? 500 : 204).end(body.includes('water_level_m=3') ? '{"error":"panic"}' : ''); });
    const { history, commits } = bench(stub.url);
    for (let attempt = 0; attempt < 30; attempt += 1) if ((await history.write(group())).type === 'written') break;
    expect(commits.at(-1)?.state).toContainEqual({ key: INFLUX_POSITION_KEY, json: '4' });
    expect(commits.at(-1)?.quarantine?.map(({ payload }) => Buffer.from(payload).toString())).toEqual([expect.stringContaining('water_level_m=3 ')]);
  });

  it('an answer that stalls after its headers is given up after 10 s', async () => {
    await using stub = await server((_body, response) => { response.writeHead(200); response.flushHeaders(); });
    const clock = new HandClock(NOW);
    const history = new InfluxHistory({ settings: settings(stub.url), journal: { commit: async () => ({ type: 'committed', first: 0 }) }, position: 0, since: null, facts: FACTS, clock, log: new KeptLog() });
    const outcome = history.write(group());
    while (stub.bodies.length === 0) await new Promise((resolve) => { setTimeout(resolve, 10); });
    await new Promise((resolve) => { setTimeout(resolve, 50); });
    clock.advance(10_000);
    expect(await outcome).toMatchObject({ type: 'unavailable', because: 'no answer within 10 s' });
  });

  it('nobody there at all is said in a word', async () => {
    const history = new InfluxHistory({ settings: settings('http://127.0.0.1:9'), journal: { commit: async () => ({ type: 'committed', first: 0 }) }, position: 0, since: null, facts: FACTS, clock: new SystemClock(), log: new KeptLog() });
    expect(await history.write(group())).toMatchObject({ type: 'unavailable' });
  });
});
