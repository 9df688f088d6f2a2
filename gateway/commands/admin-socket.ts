/**
 * `<dataDir>/admin.sock`: how commands on the same machine talk to a running gateway. Whoever may enter the data folder (mode 0700) may ask.
 * One JSON line asks, one JSON line answers, then the connection ends.
 */
import { chmodSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { parseCredentialRequest, type CredentialReply, type CredentialRequest } from './credential-requests.ts';
import type { SpoolReply } from './spool-requests.ts';
import type { Clock } from '../model/ports/clock.ts';
import type { Log } from '../model/ports/log.ts';
import { seconds, type Millis } from '../model/time.ts';

export type AdminRequest = { readonly do: 'reload' } | { readonly do: 'status' } | { readonly do: 'spool-status' } | { readonly do: 'spool-replay' } | ({ readonly do: 'credentials' } & CredentialRequest);
export interface GatewayStatus {
  readonly pid: number;
  readonly mqtt: number;
  /** The TLS listener, where there is one. */
  readonly mqtts?: number;
  readonly http: number;
  readonly dataDir: string;
}
export type AdminReply =
  | { readonly type: 'reloaded'; readonly digest: string }
  | { readonly type: 'kept'; readonly problems: readonly string[] }
  | ({ readonly type: 'status' } & GatewayStatus)
  | CredentialReply
  | SpoolReply
  /** The request was not understood. */
  | { readonly type: 'refused'; readonly because: string };

const LONGEST_REQUEST = 4_096;
/** Problems of a large arrangement; each is one line. */
const LONGEST_REPLY = 16 * 1024 * 1024;
const MOST_CONNECTIONS = 8;
const REQUEST_WITHIN: Millis = seconds(5);
const REPLY_WITHIN: Millis = seconds(60);
/** `sun_path` of Linux has 108 bytes, the last of them 0. */
const LONGEST_PATH = 107;

export const adminSocketPath = (dataDir: string): string => join(dataDir, 'admin.sock');

/** Reads up to the first line end; null if the other side ended, sent more than `limit` bytes, or took longer than `within`. */
async function readLine(socket: Socket, limit: number, clock: Clock, within: Millis): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const chunks: Buffer[] = [];
  let length = 0;
  const cancel = clock.after(within, () => resolve(null));
  socket.on('data', (chunk: Buffer) => {
    const end = chunk.indexOf(10);
    chunks.push(end < 0 ? chunk : chunk.subarray(0, end));
    length += chunk.length;
    if (end >= 0) resolve(Buffer.concat(chunks).toString('utf8'));
    else if (length > limit) resolve(null);
  });
  socket.on('error', () => resolve(null));
  socket.on('close', () => resolve(null));
  const line = await promise;
  cancel();
  return line;
}

function parseRequest(line: string): AdminRequest | null {
  try {
    const value: unknown = JSON.parse(line);
    const wanted = typeof value === 'object' && value !== null && 'do' in value ? value.do : null;
    if (wanted === 'reload' || wanted === 'status' || wanted === 'spool-status' || wanted === 'spool-replay') return { do: wanted };
    const request = wanted === 'credentials' ? parseCredentialRequest({ ...value as object }) : null;
    return request === null ? null : { do: 'credentials', ...request };
  } catch {
    return null;
  }
}

export interface AdminSocketOptions {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly status: GatewayStatus;
  readonly reload: () => Promise<AdminReply>;
  /** Status of the spool; `replay` begins one. */
  readonly spool: (replay: boolean) => Promise<SpoolReply>;
  readonly credentials: (request: CredentialRequest) => Promise<CredentialReply>;
}

/**
 * Listens; call it only while holding the exclusive lock of the data folder, because it removes what a killed gateway left there.
 * @returns null, with a line in the log, where the system does not allow such a socket (path too long, file system without sockets):
 *   the gateway works without, and SIGHUP still reloads it.
 */
export async function openAdminSocket(options: AdminSocketOptions): Promise<AsyncDisposable | null> {
  const { clock, log } = options;
  const path = adminSocketPath(options.dataDir);
  if (Buffer.byteLength(path) > LONGEST_PATH) {
    log.warn('no admin socket: its path is too long; reload with SIGHUP', { path, longest: LONGEST_PATH });
    return null;
  }
  const sockets = new Set<Socket>();
  const answer = async (socket: Socket): Promise<void> => {
    const line = await readLine(socket, LONGEST_REQUEST, clock, REQUEST_WITHIN);
    const request = line === null ? null : parseRequest(line);
    const reply: AdminReply = request === null ? { type: 'refused', because: 'expected one line {"do":"reload"}, {"do":"status"}, {"do":"spool-status"}, {"do":"spool-replay"} or {"do":"credentials",...}' }
      : request.do === 'status' ? { type: 'status', ...options.status } : request.do === 'reload' ? await options.reload()
        : request.do === 'credentials' ? await options.credentials(request) : await options.spool(request.do === 'spool-replay');
    socket.end(`${JSON.stringify(reply)}\n`);
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    answer(socket).catch((error: unknown) => {
      log.error('admin socket', { because: error instanceof Error ? error.message : String(error) });
      socket.destroy();
    });
  });
  server.maxConnections = MOST_CONNECTIONS;
  const failed = await listen(server, path);
  if (failed !== null) {
    log.warn('no admin socket; reload with SIGHUP', { path, because: failed });
    return null;
  }
  return {
    [Symbol.asyncDispose]: async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
      await promise;
    },
  };
}

async function listen(server: Server, path: string): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>();
  try {
    rmSync(path, { force: true });
  } catch (error) {
    return (error as Error).message;
  }
  server.on('error', (error) => resolve(error.message));
  // The folder is 0700, so nobody can connect between listening and this.
  server.listen(path, () => {
    chmodSync(path, 0o600);
    resolve(null);
  });
  return promise;
}

export type AdminAnswer = { readonly type: 'answered'; readonly reply: AdminReply } | { readonly type: 'unreachable'; readonly because: string };

/** Asks the gateway that runs on `dataDir`. */
export async function askGateway(dataDir: string, request: AdminRequest, clock: Clock): Promise<AdminAnswer> {
  const path = adminSocketPath(dataDir);
  const socket = createConnection(path);
  try {
    const failed = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
      socket.once('connect', () => resolve(null));
      socket.once('error', resolve);
    });
    if (failed !== null) return { type: 'unreachable', because: describeFailure(failed, path, dataDir) };
    socket.write(`${JSON.stringify(request)}\n`);
    const line = await readLine(socket, LONGEST_REPLY, clock, REPLY_WITHIN);
    if (line === null) return { type: 'unreachable', because: `the gateway on ${dataDir} did not answer within ${REPLY_WITHIN / 1000} s` };
    return { type: 'answered', reply: JSON.parse(line) as AdminReply };
  } finally {
    socket.destroy();
  }
}

function describeFailure(error: NodeJS.ErrnoException, path: string, dataDir: string): string {
  if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') return `no gateway runs on ${dataDir}`;
  if (error.code === 'EACCES' || error.code === 'EPERM') return `${path} belongs to another user: run this as the user of the gateway`;
  return `${path}: ${error.message}`;
}
