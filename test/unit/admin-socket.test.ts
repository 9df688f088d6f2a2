import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { adminSocketPath, askGateway, openAdminSocket, type AdminReply } from '../../gateway/commands/admin-socket.ts';
import { SystemClock } from '../../gateway/runtime/system-clock.ts';
import type { Log } from '../../gateway/model/ports/log.ts';

const clock = new SystemClock();
let dataDir: string;
let warnings: string[];
const log: Log = { info: () => {}, warn: (message) => { warnings.push(message); }, error: (message) => { warnings.push(message); } };
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'lianqin-admin-'));
  warnings = [];
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const status = (): { pid: number; mqtt: number; http: number; dataDir: string } => ({ pid: 4711, mqtt: 1883, http: 8080, dataDir });
const open = (reload: () => Promise<AdminReply> = async () => ({ type: 'reloaded', digest: 'abc' })): ReturnType<typeof openAdminSocket> =>
  openAdminSocket({ dataDir, clock, log, status: status(), reload, spool: async () => ({ type: 'refused', because: 'none here' }), credentials: async () => ({ type: 'refused', because: 'none here' }) });

/** Sends bytes as they are and returns all that comes back until the end. */
async function send(bytes: string): Promise<string> {
  const socket = createConnection(adminSocketPath(dataDir));
  let answer = '';
  socket.on('data', (chunk) => { answer += chunk.toString(); });
  socket.on('error', () => {});
  socket.write(bytes);
  await new Promise<void>((resolve) => { socket.on('close', () => resolve()); });
  return answer;
}

test('only its owner may open the socket', async () => {
  await using socket = await open();
  expect(socket).not.toBe(null);
  expect(statSync(adminSocketPath(dataDir)).mode & 0o777).toBe(0o600);
});

test('a reload that is kept brings every problem back', async () => {
  const problems = Array.from({ length: 5_000 }, (_, line) => `arrangement.yaml:${line}:1: 未知的站点`);
  await using _socket = await open(async () => ({ type: 'kept', problems }));
  expect(await askGateway(dataDir, { do: 'reload' }, clock)).toEqual({ type: 'answered', reply: { type: 'kept', problems } });
});

test('the status says which process and which ports', async () => {
  await using _socket = await open();
  expect(await askGateway(dataDir, { do: 'status' }, clock)).toEqual({ type: 'answered', reply: { type: 'status', ...status() } });
});

test.each(['no json\n', '{"do":"stop"}\n', 'null\n', '[]\n', '\n', `${'x'.repeat(10_000)}`])('%j is refused with what is expected, and reloads nothing', async (bytes) => {
  let reloads = 0;
  await using _socket = await open(async () => { reloads += 1; return { type: 'reloaded', digest: 'x' }; });
  expect(JSON.parse(await send(bytes))).toMatchObject({ type: 'refused' });
  expect(reloads).toBe(0);
});

test('what a killed gateway left in the folder is replaced', async () => {
  writeFileSync(adminSocketPath(dataDir), 'stale');
  await using _socket = await open();
  expect((await askGateway(dataDir, { do: 'status' }, clock)).type).toBe('answered');
});

test('with no gateway on the folder, the answer says so in one line', async () => {
  expect(await askGateway(dataDir, { do: 'reload' }, clock)).toEqual({ type: 'unreachable', because: `no gateway runs on ${dataDir}` });
});

test('closing ends a client that never asked', async () => {
  const socket = await open();
  const idle = createConnection(adminSocketPath(dataDir));
  const closed = new Promise<void>((resolve) => { idle.on('close', () => resolve()); });
  await new Promise<void>((resolve) => { idle.on('connect', () => resolve()); });
  await socket?.[Symbol.asyncDispose]();
  await closed;
  expect((await askGateway(dataDir, { do: 'status' }, clock)).type).toBe('unreachable');
});

test('a folder whose path is too long for a socket is served without one, and that is said', async () => {
  dataDir = join(dataDir, 'x'.repeat(120));
  mkdirSync(dataDir);
  expect(await open()).toBe(null);
  expect(warnings).toHaveLength(1);
});
