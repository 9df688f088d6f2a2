/** An InfluxDB that comes later: what was measured before is moved over, once, and the books balance. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { LAUNCHER, until } from '../support/command-process.ts';
import { Influxd } from '../support/influxd.ts';
import { GatewayHome, GatewayProcess } from '../support/running-gateway.ts';

const ARRANGEMENT = `timeZone: Asia/Shanghai
agencies: [{id: bureau, kind: bureau, name: B}]
sites: [{id: depot, kind: depot, name: D, responsible: bureau}]
links: []
devices: [{id: level, site: depot, kind: flood-sensor}]
`;
it('moves what the embedded history held before InfluxDB was there, with progress, and nothing twice', async () => {
  using home = new GatewayHome(ARRANGEMENT);
  await using influxd = await Influxd.start();
  const spool = async (...args: string[]): Promise<{ out: string; err: string }> => {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [LAUNCHER, 'spool', ...args, '--config', home.config]);
    return { out: stdout, err: stderr };
  };
  const send = async (gateway: GatewayProcess, value: number): Promise<void> => {
    const response = await fetch(`${gateway.httpUrl}/api/v1/ingest/level`, { method: 'POST', body: JSON.stringify({ metrics: { water_level_m: value, odd_thing: value } }) });
    expect(response.status).toBe(204);
  };
  {
    await using gateway = await GatewayProcess.start(home);
    for (let each = 1; each <= 20; each += 1) await send(gateway, each);
    await fetch(`${gateway.httpUrl}/api/v1/ingest/level`, { method: 'POST', body: 'no json' });
    await gateway.until<{ points: unknown[] }>('/api/v1/history?device=level&metric=water_level_m', ({ points }) => points.length === 20);
    const refused = await spool('replay').catch((error: { stderr: string }) => ({ err: error.stderr }));
    expect(refused.err).toContain('there is no InfluxDB');
    await gateway.kill();
  }
  const status = JSON.parse((await spool('status', '--json')).out) as Record<string, number>;
  expect(status).toMatchObject({ accepted: 20, quarantined: 1, evicted: 0, thinned: 0, refusedByCode: { 'not-json': 1 } });
  await using gateway = await GatewayProcess.start(home, undefined, { LIANQIN_HISTORY_INFLUX_URL: influxd.url });
  await send(gateway, 21);
  const count = async (): Promise<number> => Number((await influxd.rows('SELECT count(water_level_m) FROM device_flood'))[0]?.[1] ?? 0);
  await until('the new one', async () => await count() >= 1);
  for (let time = 0; time < 2; time += 1) {
    const { err } = await spool('replay');
    expect(err).toMatch(/1 of 1 devices and links, \d+ points/);
    expect(await count()).toBe(21);
    expect((await influxd.rows("SELECT count(value) FROM device_metric WHERE metric = 'odd_thing'"))[0]?.[1]).toBe(21);
  }
  const after = (await spool('status')).out;
  expect(after).toMatch(/^accepted\t\d+$/m);
  expect(after).toMatch(/^in influxdb\t\d+$/m);
}, 60_000);
