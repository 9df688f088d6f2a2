/** kill -9 of the gateway and of InfluxDB by turns, by a ledger outside both: what was acknowledged is in InfluxDB exactly once. */
import mqtt from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../support/command-process.ts';
import { Influxd } from '../support/influxd.ts';
import { GatewayHome, GatewayProcess } from '../support/running-gateway.ts';

const DEVICES = ['i1', 'i2', 'i3'];
const ARRANGEMENT = `timeZone: Asia/Shanghai
agencies: [{id: bureau, kind: bureau, name: B}, {id: unicom, kind: carrier, name: U}]
sites: [{id: depot, kind: depot, name: D, responsible: bureau}]
links: [{id: fibre, site: depot, carrier: unicom, bearer: fibre, priority: 1, interval: 500ms, misses: 2}]
devices:
${DEVICES.map((id) => `  - {id: ${id}, site: depot, kind: other, interval: 10min}`).join('\n')}
`;
let influxd: Influxd;
let home: GatewayHome;
let number = 0;
const acknowledged = new Map(DEVICES.map((id) => [id, new Set<number>()]));
beforeAll(async () => {
  influxd = await Influxd.start();
  home = new GatewayHome(ARRANGEMENT);
});
afterAll(async () => {
  await influxd[Symbol.asyncDispose]();
  home[Symbol.dispose]();
});
const start = (): Promise<GatewayProcess> => GatewayProcess.start(home, undefined, { LIANQIN_HISTORY_INFLUX_URL: influxd.url });

/** One heartbeat after the other of each device, for so long; resolves with how long each took to be acknowledged, ms. */
async function load(gateway: GatewayProcess, round: string, ms: number): Promise<number[]> {
  const latencies: number[] = [];
  const end = performance.now() + ms;
  await Promise.all(DEVICES.map(async (id) => {
    const client = mqtt.connect(gateway.mqttUrl, { clientId: id, reconnectPeriod: 0 });
    client.on('error', () => undefined);
    await new Promise<void>((resolve) => { client.once('connect', () => { resolve(); }); client.once('close', () => { resolve(); }); });
    for (let seq = 1; performance.now() < end && client.connected; seq += 1) {
      const ledger = (number += 1);
      const began = performance.now();
      const done = await new Promise<boolean>((resolve) => {
        client.once('close', () => { resolve(false); });
        client.publish(`lianqin/v1/devices/${id}/heartbeat`, JSON.stringify({ seq, boot: round, metrics: { ledger } }), { qos: 1 }, (error) => { resolve(!error); });
      });
      if (!done) break;
      acknowledged.get(id)?.add(ledger);
      latencies.push(performance.now() - began);
      client.removeAllListeners('close');
      await new Promise((resolve) => { setTimeout(resolve, 2); });
    }
    client.end(true);
  }));
  return latencies.sort((a, b) => a - b);
}
const at = (values: readonly number[], part: number): string => (values[Math.floor(values.length * part)] ?? 0).toFixed(1);

describe('InfluxDB that comes and goes, under a gateway that is killed', () => {
  it('holds everything that was acknowledged exactly once, and its absence delays neither acknowledgements nor alerts', async () => {
    let withIt: number[] = [];
    let without: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      await using gateway = await start();
      if (round === 1 || round === 2) await influxd.end();
      const latencies = await load(gateway, `r${round}`, 1_500);
      if (round === 0) withIt = latencies;
      if (round === 1) {
        without = latencies;
        const down = await gateway.until<{ items: { kind: string }[] }>('/api/v1/alerts', ({ items }) => items.some(({ kind }) => kind === 'link-down' || kind === 'site-isolated'));
        expect(down.items.length).toBeGreaterThan(0);
      }
      await gateway.kill('SIGKILL');
      if (round === 2) await influxd.begin();
    }
    process.stdout.write(`PUBACK with InfluxDB p50 ${at(withIt, 0.5)} ms, p99 ${at(withIt, 0.99)} ms; without it p50 ${at(without, 0.5)} ms, p99 ${at(without, 0.99)} ms\n`);
    await using gateway = await start();
    const metric = async (name: string): Promise<number> => Number(new RegExp(`^${name} (\\d+)`, 'm').exec(await (await fetch(`${gateway.httpUrl}/metrics`)).text())?.[1]);
    const last = await metric('lianqin_spool_position');
    await until('everything to be in InfluxDB', async () => await metric('lianqin_influx_position') >= last, 60_000);
    for (const id of DEVICES) {
      const rows = await influxd.rows(`SELECT value FROM device_metric WHERE device = '${id}' AND metric = 'ledger'`);
      const seen = rows.map(([, value]) => Number(value));
      expect(new Set(seen).size).toBe(seen.length);
      const there = new Set(seen);
      expect([...acknowledged.get(id) ?? []].filter((each) => !there.has(each))).toEqual([]);
    }
    const total = [...acknowledged.values()].reduce((sum, set) => sum + set.size, 0);
    expect(total).toBeGreaterThan(500);
    expect(await metric('lianqin_influx_dead_letters_total')).toBe(0);
  }, 120_000);
});
