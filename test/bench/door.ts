/**
 * Acknowledged heartbeats per second through the whole door, in one run beside plain Aedes and Debian's mosquitto (no delay, nothing synced): the
 * same generator, the brokers taking turns. Ratios mean something on any machine, the figures only on this one.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { freePort } from '../support/free-port.ts';
import { GatewayHome, GatewayProcess } from '../support/running-gateway.ts';

const ROUNDS = 5;
const SECONDS = 3;
const CONNECTIONS = [50, 500];
const LATENCY_RATE = 5_000;
type Print = (line: string) => void;
interface Figures { readonly perSecond: number; readonly p50: number | null; readonly p99: number | null; readonly max: number | null }
interface Contender extends AsyncDisposable { readonly name: string; readonly port: number }

const ARRANGEMENT = `timeZone: Asia/Shanghai
agencies: [{id: bureau, kind: bureau, name: bureau}, {id: unicom, kind: carrier, name: unicom}]
sites: [{id: depot, kind: depot, name: depot, responsible: bureau}]
links: [{id: fibre, site: depot, carrier: unicom, bearer: fibre, priority: 1}]
devices:
${Array.from({ length: 500 }, (_, index) => `  - {id: d${index}, site: depot, kind: radio, interval: 60s}`).join('\n')}
`;

async function generate(port: number, connections: number, rate: number): Promise<Figures> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'generator.ts'), String(port), String(connections), String(SECONDS), String(rate)]);
  return JSON.parse(stdout) as Figures;
}
const end = async (child: ChildProcess): Promise<void> => {
  const exited = once(child, 'exit');
  child.kill();
  await exited;
};
async function lianqin(): Promise<Contender> {
  const home = new GatewayHome(ARRANGEMENT);
  const gateway = await GatewayProcess.start(home);
  return { name: 'lianqin', port: gateway.ready.mqtt, [Symbol.asyncDispose]: async () => { await gateway.kill(); home[Symbol.dispose](); } };
}
async function plainAedes(): Promise<Contender> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'plain-aedes.ts')], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface({ input: child.stdout }), 'line') as [string];
  return { name: 'aedes', port: Number(line), [Symbol.asyncDispose]: () => end(child) };
}
async function mosquitto(): Promise<Contender> {
  const folder = mkdtempSync(join(tmpdir(), 'lianqin-bench-'));
  const port = await freePort();
  writeFileSync(join(folder, 'mosquitto.conf'), `listener ${port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\npersistence false\nlog_type error\n`);
  const child = spawn('mosquitto', ['-c', join(folder, 'mosquitto.conf')], { stdio: 'ignore', env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` } });
  await new Promise((resolve) => { setTimeout(resolve, 500); });
  return { name: 'mosquitto', port, [Symbol.asyncDispose]: async () => { await end(child); rmSync(folder, { recursive: true, force: true }); } };
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const show = (value: number | null): string => (value === null ? '-' : value.toFixed(1));

export async function benchDoor(print: Print): Promise<void> {
  for (const connections of CONNECTIONS) {
    const results = new Map<string, number[]>();
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const open of [lianqin, plainAedes, mosquitto]) {
        await using contender = await open();
        const { perSecond } = await generate(contender.port, connections, 0);
        results.set(contender.name, [...(results.get(contender.name) ?? []), perSecond]);
      }
    }
    const of = (name: string): number => median(results.get(name) ?? []);
    print(`${connections} connections   lianqin ${of('lianqin').toFixed(0)}/s   aedes ${of('aedes').toFixed(0)}/s   mosquitto ${of('mosquitto').toFixed(0)}/s   `
      + `lianqin/mosquitto ${(of('lianqin') / of('mosquitto')).toFixed(2)} (aim >= 1.1)   lianqin/aedes ${(of('lianqin') / of('aedes')).toFixed(2)} (aim >= 0.6)`);
  }
}

export async function benchLatency(print: Print): Promise<void> {
  await using gateway = await lianqin();
  const { perSecond, p50, p99, max } = await generate(gateway.port, 50, LATENCY_RATE);
  print(`PUBACK at ${perSecond.toFixed(0)}/s   p50 ${show(p50)} ms   p99 ${show(p99)} ms (aim < 50)   longest ${show(max)} ms`);
}
