/** Who may connect: credentials by the command line, TLS and client certificates, with Debian's mosquitto clients against the real program. */
import { execFile } from 'node:child_process';
import { statSync, writeFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import mqtt from 'mqtt';
import type { DeviceResource } from '../../gateway/model/resource.ts';
import { TestCa } from '../support/certificates.ts';
import { LAUNCHER } from '../support/command-process.ts';
import { GatewayHome, GatewayProcess } from '../support/running-gateway.ts';

const ARRANGEMENT = `timeZone: Asia/Shanghai
agencies: [{id: bureau, kind: bureau, name: B}, {id: unicom, kind: carrier, name: U}]
sites: [{id: depot, kind: depot, name: D, responsible: bureau}]
links: [{id: fibre, site: depot, carrier: unicom, bearer: fibre, priority: 1}]
devices: [{id: radio, site: depot, kind: radio}, {id: level, site: depot, kind: flood-sensor}]
`;
interface Run { readonly code: number; readonly out: string; readonly err: string }
async function run(program: string, args: readonly string[]): Promise<Run> {
  try {
    const { stdout, stderr } = await promisify(execFile)(program, args, { timeout: 10_000 });
    return { code: 0, out: stdout.trim(), err: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, out: stdout.trim(), err: stderr };
  }
}
let home: GatewayHome;
let ca: TestCa;
let gateway: GatewayProcess;
const credentials = (...args: string[]): Promise<Run> => run(process.execPath, [LAUNCHER, 'credentials', ...args, '--config', home.config]);
const secret = async (...args: string[]): Promise<string> => {
  const issued = await credentials(...args);
  expect(issued, issued.err).toMatchObject({ code: 0 });
  expect(issued.out).toMatch(/^[A-Za-z0-9_-]{22}$/);
  return issued.out;
};
/** Over TLS on the listener for other machines. */
const pub = (more: readonly string[], topic = 'lianqin/v1/devices/radio/heartbeat', id = 'radio'): Promise<Run> =>
  run('mosquitto_pub', ['-h', 'localhost', '-p', String(gateway.ready.mqtts), '--cafile', ca.file, '-i', id, '-q', '1', '-t', topic, '-m', '{"metrics":{"rssi_dbm":-70}}', ...more]);

beforeEach(async () => {
  home = new GatewayHome(ARRANGEMENT);
  ca = new TestCa(home.folder);
  const { cert, key } = ca.issue('gateway');
  writeFileSync(home.config, `arrangement: arrangement.yaml\ndataDir: data\nmqtt: {port: 0, tls: {host: 127.0.0.1, port: 0, cert: ${cert}, key: ${key}, clientCa: ${ca.file}}}\nhttp: {port: 0}\n`);
  gateway = await GatewayProcess.start(home);
});
afterEach(async () => {
  await gateway[Symbol.asyncDispose]();
  home[Symbol.dispose]();
});

describe('a device with a credential', () => {
  it('publishes its own heartbeat over TLS, and nothing of others; the secret is nowhere on the disk', async () => {
    const password = await secret('issue', 'device', 'radio');
    expect(await pub(['-u', 'radio', '-P', password])).toMatchObject({ code: 0 });
    expect((await gateway.until<DeviceResource>('/api/v1/devices/radio', ({ state }) => state.is === 'up')).metrics['rssi_dbm']?.value).toBe(-70);
    expect((await pub(['-u', 'radio', '-P', password], 'lianqin/v1/devices/level/heartbeat')).code).not.toBe(0);
    expect((await gateway.get<DeviceResource>('/api/v1/devices/level')).state.is).toBe('unknown');
    for (const file of ['journal.db', 'journal.db-wal', 'access.key']) expect(readFileSync(join(home.folder, 'data', file)).includes(password), file).toBe(false);
    expect(statSync(join(home.folder, 'data', 'access.key')).mode & 0o777).toBe(0o600);
  }, 30_000);

  it('is not let in with a wrong secret, without one, or under another client id', async () => {
    const password = await secret('issue', 'device', 'radio');
    expect((await pub(['-u', 'radio', '-P', `${password}x`])).err).toContain('not authorised');
    expect((await pub(['-u', 'nobody', '-P', password])).err).toContain('not authorised');
    expect((await pub([])).err).toContain('not authorised');
    expect((await pub(['-u', 'radio', '-P', password], undefined, 'level')).code).not.toBe(0);
    expect((await pub(['-u', 'radio', '-P', password], undefined, 'radio/2')).code).toBe(0);
  }, 30_000);

  it('loses its connection at once when it is revoked, and its old secret when that is rotated', async () => {
    const password = await secret('issue', 'device', 'radio');
    const client = mqtt.connect(`mqtts://localhost:${gateway.ready.mqtts}`, { clientId: 'radio', username: 'radio', password, ca: readFileSync(ca.file), reconnectPeriod: 0, keepalive: 60 });
    client.on('error', () => undefined);
    await new Promise<void>((resolve) => { client.once('connect', () => { resolve(); }); });
    const closed = new Promise<void>((resolve) => { client.once('close', () => { resolve(); }); });
    const renewed = await secret('rotate', 'radio');
    await closed;
    expect((await pub(['-u', 'radio', '-P', password])).code).not.toBe(0);
    expect((await pub(['-u', 'radio', '-P', renewed])).code).toBe(0);
    expect(await credentials('revoke', 'radio')).toMatchObject({ code: 0 });
    expect((await pub(['-u', 'radio', '-P', renewed])).code).not.toBe(0);
    expect((await credentials('revoke', 'radio')).err).toContain('there is no credential "radio"');
    const { out } = await credentials('list');
    expect(out).toMatch(/^radio\tdevice\tissued .*\trotated .*\trevoked /);
  }, 30_000);

  it('survives a restart, and may be issued while no gateway runs', async () => {
    await gateway.kill();
    const password = await secret('issue', 'device', 'radio');
    gateway = await GatewayProcess.start(home);
    expect(await pub(['-u', 'radio', '-P', password])).toMatchObject({ code: 0 });
    await gateway.kill('SIGKILL');
    gateway = await GatewayProcess.start(home);
    expect(await pub(['-u', 'radio', '-P', password])).toMatchObject({ code: 0 });
  }, 30_000);
});

describe('others with a credential', () => {
  it('a link agent publishes for its link; an edge for all; a panel reads state and publishes nothing', async () => {
    const [agent, edge, panel] = [await secret('issue', 'link-agent', 'agent-1', '--link', 'fibre'), await secret('issue', 'edge', 'edge-1'), await secret('issue', 'panel', 'wall')];
    expect(await pub(['-u', 'agent-1', '-P', agent], 'lianqin/v1/links/fibre/heartbeat', 'agent-1')).toMatchObject({ code: 0 });
    expect((await pub(['-u', 'agent-1', '-P', agent], 'lianqin/v1/devices/radio/heartbeat', 'agent-1')).code).not.toBe(0);
    expect(await pub(['-u', 'edge-1', '-P', edge], 'lianqin/v1/devices/level/heartbeat', 'edge-1/a')).toMatchObject({ code: 0 });
    expect((await pub(['-u', 'wall', '-P', panel], 'lianqin/v1/devices/level/heartbeat', 'wall')).code).not.toBe(0);
    const sub = (user: string, password: string, filter: string): Promise<Run> => run('mosquitto_sub', [
      '-h', 'localhost', '-p', String(gateway.ready.mqtts), '--cafile', ca.file, '-i', user, '-u', user, '-P', password, '-t', filter, '-C', '1', '-W', '3']);
    expect((await sub('wall', panel, 'lianqin/v1/state/links/fibre')).out).toContain('"is":"up"');
    expect((await sub('wall', panel, 'lianqin/#')).err).toContain('denied');
    expect((await sub('agent-1', agent, 'lianqin/v1/state/#')).err).toContain('denied');
  }, 30_000);

  it('a client certificate of our CA is as good as a secret, for the credential of its name alone; one of another CA is nothing', async () => {
    await secret('issue', 'device', 'radio');
    const own = ca.issue('radio');
    expect(await pub(['--cert', own.cert, '--key', own.key])).toMatchObject({ code: 0 });
    expect((await pub(['--cert', own.cert, '--key', own.key], 'lianqin/v1/devices/level/heartbeat')).code).not.toBe(0);
    const unknown = ca.issue('stranger');
    expect((await pub(['--cert', unknown.cert, '--key', unknown.key])).code).not.toBe(0);
    const foreign = new TestCa(home.folder, 'other-ca').issue('radio');
    expect((await pub(['--cert', foreign.cert, '--key', foreign.key])).code).not.toBe(0);
    await credentials('revoke', 'radio');
    expect((await pub(['--cert', own.cert, '--key', own.key])).code).not.toBe(0);
  }, 30_000);
});

describe('a certificate that runs out', () => {
  it('is said three weeks ahead, and no more once a new one was loaded', async () => {
    // The one of the tests is good for a day.
    await gateway.until<{ items: { kind: string; text: { en: string } }[] }>('/api/v1/alerts', ({ items }) => items.some(({ kind, text }) => kind === 'certificate-expiry' && /expires in [01] days/.test(text.en)));
    ca.issue('gateway', 90);
    expect(await run(process.execPath, [LAUNCHER, 'reload', '--config', home.config])).toMatchObject({ code: 0 });
    await gateway.until<{ items: { kind: string; improved: boolean }[] }>('/api/v1/alerts', ({ items }) => items.every(({ kind, improved }) => kind !== 'certificate-expiry' || improved));
    const socket = connect({ host: '127.0.0.1', port: gateway.ready.mqtts ?? 0, ca: readFileSync(ca.file), servername: 'localhost' });
    await new Promise<void>((resolve, reject) => { socket.once('secureConnect', resolve); socket.once('error', reject); });
    const days = (Date.parse(socket.getPeerCertificate().valid_to) - Date.now()) / 86_400_000;
    socket.destroy();
    expect(days).toBeGreaterThan(80);
  }, 30_000);
});

describe('a listener for other machines', () => {
  it('without TLS is refused, with file, line and what to do', async () => {
    const config = join(home.folder, 'open.yaml');
    writeFileSync(config, 'arrangement: arrangement.yaml\ndataDir: other\nmqtt:\n  host: 0.0.0.0\n');
    const started = await run(process.execPath, [LAUNCHER, 'serve', '--config', config]);
    expect(started.code).toBe(1);
    expect(started.err).toMatch(/open\.yaml:4:\d+: mqtt\.host is "0\.0\.0\.0"; a loopback address .* set mqtt\.tls/);
  });

  it('with a key that does not belong to its certificate is refused in one sentence', async () => {
    const [a, b] = [ca.issue('one'), ca.issue('two')];
    const config = join(home.folder, 'mixed.yaml');
    writeFileSync(config, `arrangement: arrangement.yaml\ndataDir: other\nmqtt: {port: 0, tls: {port: 0, cert: ${a.cert}, key: ${b.key}}}\nhttp: {port: 0}\n`);
    const started = await run(process.execPath, [LAUNCHER, 'serve', '--config', config]);
    expect(started.code).toBe(1);
    expect(started.err).toContain('do not belong together');
  });
});
