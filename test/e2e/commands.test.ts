import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isAlive, lianqin, ROOT, RunningProcess, until } from '../support/command-process.ts';

const ANY_PORTS = { LIANQIN_MQTT_PORT: '0', LIANQIN_HTTP_PORT: '0' };
let folder: string;
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'lianqin-e2e-')); });
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A copy of the example city that a test may change; its gateway.yaml. */
function city(): string {
  cpSync(join(ROOT, 'examples/jiamusi'), folder, { recursive: true });
  return join(folder, 'gateway.yaml');
}
const edit = (file: string, change: (text: string) => string): void => writeFileSync(file, change(readFileSync(file, 'utf8')));

async function get(port: number, path: string): Promise<{ status: number; body: string }> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  return { status: response.status, body: await response.text() };
}

describe('lianqin check', () => {
  test('prints file:line:column of every fault and exits 1', async () => {
    const gateway = city();
    edit(join(folder, 'arrangement.yaml'), (text) => text.replace('site: flood-depot\n', 'site: flod-depot\n'));
    await using run = lianqin(['check', gateway]);
    expect(await run.ended).toEqual({ code: 1, signal: null });
    expect(run.stderr).toMatch(/^\S+arrangement\.yaml:\d+:\d+: .*flod-depot/m);
    expect(run.stdout).toBe('');
  });

  test('works by npx from a checkout, exit code 0', async () => {
    await using run = new RunningProcess('npx', ['lianqin', 'check', 'examples/jiamusi/gateway.yaml']);
    expect(await run.ended).toEqual({ code: 0, signal: null });
    expect(run.stderr).toContain('gateway.yaml: fine');
  });
});

test('an unknown command and an unknown option each end in one line and exit code 2', async () => {
  await using command = lianqin(['surf']);
  await using option = lianqin(['serve', '--fast']);
  expect([await command.ended, await option.ended]).toEqual([{ code: 2, signal: null }, { code: 2, signal: null }]);
  expect(command.stderr).toBe('lianqin: there is no command "surf"; see lianqin --help\n');
  expect(option.stderr).toBe("lianqin serve: unknown option '--fast'; see lianqin serve --help\n");
});

describe('lianqin demo', () => {
  test('prints one ready line, shows page and what comes next, and a SIGTERM leaves neither process nor folder', async () => {
    await using run = lianqin(['demo'], ANY_PORTS);
    const ready = await run.ready();
    expect(ready.pid).toBe(run.child.pid);
    expect(statSync(ready.dataDir).mode & 0o777).toBe(0o700);
    expect((await get(ready.http, '/healthz')).status).toBe(200);
    await until('the announcement', () => run.stderr.includes('Ctrl-C'));
    expect(run.stderr).toContain(`http://127.0.0.1:${ready.http}/`);
    expect(run.stderr).toMatch(/水位/);
    await until('a simulated device that is up', async () => (await get(ready.http, '/api/v1/devices/flood-depot-level')).body.includes('"is":"up"'));
    run.child.kill('SIGTERM');
    expect(await run.ended).toEqual({ code: 0, signal: null });
    expect(run.stdout.trim().split('\n')).toHaveLength(1);
    expect(existsSync(ready.dataDir)).toBe(false);
  });

  test('--data-dir is kept, with everything in it private', async () => {
    const dataDir = join(folder, 'data');
    await using run = lianqin(['demo', '--data-dir', dataDir, '--scenario', 'quiet-night'], ANY_PORTS);
    expect((await run.ready()).dataDir).toBe(dataDir);
    expect(statSync(join(dataDir, 'admin.sock')).mode & 0o777).toBe(0o600);
    run.child.kill('SIGINT');
    expect(await run.ended).toEqual({ code: 0, signal: null });
    expect(statSync(join(dataDir, 'journal.db')).mode & 0o777).toBe(0o600);
  });

  test.each([[['--scenario', 'no-such']], [['--speed', '0']], [['--speed', 'fast']]])('%j is refused before anything starts', async (args) => {
    await using run = lianqin(['demo', ...args], ANY_PORTS);
    expect(await run.ended).toEqual({ code: 2, signal: null });
    expect(run.stderr.trim().split('\n')).toHaveLength(1);
  });

  test('npm start ends with its npm, even if npm is killed', async () => {
    await using npm = new RunningProcess('npm', ['start'], { env: ANY_PORTS });
    const { pid, dataDir } = await npm.ready();
    expect(pid).not.toBe(npm.child.pid);
    npm.child.kill('SIGKILL');
    await until('the end of the gateway', () => !isAlive(pid), 10_000);
    expect(existsSync(dataDir)).toBe(false);
  });

  test('a SIGTERM to npm start ends both', async () => {
    await using npm = new RunningProcess('npm', ['start'], { env: ANY_PORTS });
    const { pid } = await npm.ready();
    npm.child.kill('SIGTERM');
    await until('the end of the gateway', () => !isAlive(pid), 10_000);
    await npm.ended;
  });
});

describe('ports', () => {
  const taken: Server[] = [];
  afterEach(() => { for (const server of taken.splice(0)) server.close(); });
  /** Takes `port` where nobody has it yet; either way it is taken afterwards. */
  const take = (port: number): Promise<void> => new Promise((resolve) => {
    const server = createServer();
    server.on('error', () => resolve());
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => { taken.push(server); resolve(); });
  });

  test('where the default ports are taken, the demo takes the next free ones and says so', async () => {
    await take(1883);
    await take(8080);
    await using run = lianqin(['demo', '--scenario', 'quiet-night']);
    const ready = await run.ready();
    expect(ready.mqtt).toBeGreaterThan(1883);
    expect(ready.http).toBeGreaterThan(8080);
    expect(run.stderr).toContain(`port 1883 is taken; MQTT uses ${ready.mqtt} instead`);
    expect(run.stderr).toContain(`port 8080 is taken; HTTP uses ${ready.http} instead`);
    run.child.kill('SIGTERM');
    expect((await run.ended).code).toBe(0);
  });

  test('serve refuses a port that is taken, in one line that names it', async () => {
    await using other = lianqin(['serve', '--config', city()], ANY_PORTS);
    const { http } = await other.ready();
    await using run = lianqin(['serve', '--config', join(folder, 'gateway.yaml')], { LIANQIN_MQTT_PORT: '0', LIANQIN_HTTP_PORT: String(http), LIANQIN_DATA_DIR: join(folder, 'second') });
    expect((await run.ended).code).toBe(1);
    expect(run.stdout).toBe('');
    expect(run.stderr.trim().split('\n')).toHaveLength(1);
    expect(run.stderr).toContain(String(http));
  });
});

describe('lianqin serve', () => {
  test('a second gateway on one folder exits and names the pid of the first', async () => {
    const config = city();
    await using first = lianqin(['serve', '--config', config], ANY_PORTS);
    const { pid, http } = await first.ready();
    await using second = lianqin(['serve', '--config', config], ANY_PORTS);
    expect((await second.ended).code).toBe(1);
    expect(second.stderr).toContain(`pid ${pid}`);
    expect(second.stdout).toBe('');
    expect((await get(http, '/healthz')).status).toBe(200);
  });

  test('after kill -9 the next gateway takes the folder, and its admin socket answers', async () => {
    const config = city();
    await using first = lianqin(['serve', '--config', config], ANY_PORTS);
    await first.ready();
    first.child.kill('SIGKILL');
    await first.ended;
    await using second = lianqin(['serve', '--config', config], ANY_PORTS);
    await second.ready();
    await using reload = lianqin(['reload', '--config', config]);
    expect(await reload.ended).toEqual({ code: 0, signal: null });
  });

  test('refuses to listen anywhere but on loopback', async () => {
    await using run = lianqin(['serve', '--config', city()], { ...ANY_PORTS, LIANQIN_MQTT_HOST: '0.0.0.0' });
    expect((await run.ended).code).toBe(1);
    expect(run.stderr).toMatch(/LIANQIN_MQTT_HOST.*loopback/);
  });
});

describe('lianqin reload', () => {
  const newDevice = '\n  - {id: new-gauge, site: flood-depot, kind: flood-sensor, interval: 60s, name: {zh: 新水位计, en: new gauge}}';
  const add = (): void => edit(join(folder, 'arrangement.yaml'), (text) => text.replace('\ndevices:', `\ndevices:${newDevice}`));
  const knows = async (http: number): Promise<boolean> => (await get(http, '/api/v1/devices/new-gauge')).status === 200;

  test('takes a new device in, by the command and by SIGHUP', async () => {
    const config = city();
    const before = readFileSync(join(folder, 'arrangement.yaml'), 'utf8');
    await using gateway = lianqin(['serve', '--config', config], ANY_PORTS);
    const { http } = await gateway.ready();
    expect(await knows(http)).toBe(false);
    add();
    await using reload = lianqin(['reload', '--config', config]);
    expect(await reload.ended).toEqual({ code: 0, signal: null });
    await until('the new device', () => knows(http));
    writeFileSync(join(folder, 'arrangement.yaml'), before);
    gateway.child.kill('SIGHUP');
    await until('the device to be gone again', async () => !await knows(http));
  });

  test('with a fault it keeps the arrangement in force, says the fault with its place, and exits 1', async () => {
    const config = city();
    await using gateway = lianqin(['serve', '--config', config], ANY_PORTS);
    const { http, dataDir } = await gateway.ready();
    add();
    edit(join(folder, 'arrangement.yaml'), (text) => text.replace('id: new-gauge, site: flood-depot', 'id: new-gauge, site: flod-depot'));
    await using reload = lianqin(['reload', '--data-dir', dataDir]);
    expect((await reload.ended).code).toBe(1);
    expect(reload.stderr).toMatch(/arrangement\.yaml:\d+:\d+: .*flod-depot/);
    expect(reload.stderr).toContain('stays in force');
    expect(await knows(http)).toBe(false);
    expect((await get(http, '/api/v1/devices/flood-depot-level')).status).toBe(200);
  });

  test('with no gateway running it says so and exits 1', async () => {
    await using reload = lianqin(['reload', '--data-dir', folder]);
    expect((await reload.ended).code).toBe(1);
    expect(reload.stderr).toBe(`lianqin reload: no gateway runs on ${folder}\n`);
  });
});
