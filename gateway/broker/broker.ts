/**
 * The MQTT front: Aedes over TCP and WebSocket. It speaks the protocol and nothing else; what a message means, and whether it is stored, the
 * door decides, and the PUBACK waits for that.
 */
import { createServer, type Server as TcpServer, type Socket } from 'node:net';
import type { IncomingMessage, Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Aedes, type Client } from 'aedes';
import type { Door } from '../ingest/door.ts';
import type { Log } from '../model/ports/log.ts';
import { Connections } from './connections.ts';
import { hooksOf } from './hooks.ts';
import { acceptWebSockets } from './websocket.ts';

export interface BrokerOptions {
  readonly door: Door;
  readonly log: Log;
  /** A loopback address, until devices can sign in. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Clients on this machine need no sign-in. */
  readonly anonymousLoopback: boolean;
}
export interface Broker extends AsyncDisposable {
  readonly port: number;
  /** Serves `/mqtt` on an HTTP server; `mayUpgrade` is asked first. */
  acceptWebSocket(server: HttpServer, mayUpgrade: (request: IncomingMessage) => { readonly type: string }): void;
  /** Null deletes what is retained. */
  publishRetained(topic: string, payload: string | null): void;
  publish(topic: string, payload: string): void;
  counters(): { readonly connected: number; readonly accepted: number; readonly refused: number; readonly closedByUs: Readonly<Record<string, number>> };
}

const MAX_CONNECTIONS = 18_000;
/** A subscriber that takes nothing for this long is cut, so that it stalls nobody else. */
const DRAIN_TIMEOUT_MS = 5_000;
const KEEPALIVE_LIMIT_S = 300;

/** Rejects with the system's error where it cannot listen. */
export async function openBroker(options: BrokerOptions): Promise<Broker> {
  const { log, host, port } = options;
  const connections = new Connections();
  const aedes = await Aedes.createBroker({
    id: 'lianqin', concurrency: 1_000, drainTimeout: DRAIN_TIMEOUT_MS, keepaliveLimit: KEEPALIVE_LIMIT_S, connectTimeout: 10_000, maxClientsIdLength: 64, maxTopicLevels: 10,
    ...hooksOf({ ...options, connections }),
  });
  const quiet = (what: string) => (client: Client | null, error: Error): void => { log.info(what, { client: client?.id ?? '', because: error.message }); };
  aedes.on('clientError', quiet('client error'));
  aedes.on('connectionError', quiet('connection error'));
  (aedes as unknown as NodeJS.EventEmitter).on('error', (error: Error) => { log.error('broker error', { because: error.message }); });
  aedes.on('clientReady', (client) => { connections.ready(client); });
  aedes.on('clientDisconnect', (client) => { connections.gone(client); });

  const server = createServer({ noDelay: true }, (socket: Socket) => {
    socket.on('error', () => undefined);
    aedes.handle(socket);
  });
  server.maxConnections = MAX_CONNECTIONS;
  await listen(server, host, port);

  const publish = (topic: string, payload: string, retain: boolean): void => {
    aedes.publish({ cmd: 'publish', topic, payload, qos: 0, dup: false, retain }, (error) => {
      if (error !== undefined && error !== null) log.error('state could not be published', { topic, because: error.message });
    });
  };
  const webSockets: Disposable[] = [];
  return {
    port: (server.address() as AddressInfo).port,
    acceptWebSocket: (http, mayUpgrade) => { webSockets.push(acceptWebSockets(http, mayUpgrade, (stream, request) => { aedes.handle(stream, request); })); },
    publishRetained: (topic, payload) => { publish(topic, payload ?? '', true); },
    publish: (topic, payload) => { publish(topic, payload, false); },
    counters: () => connections.counters(),
    [Symbol.asyncDispose]: async () => {
      // No new ones first; then those that there are, whose Wills are then ours and not theirs.
      for (const each of webSockets) each[Symbol.dispose]();
      const closed = new Promise<void>((resolve) => { server.close(() => { resolve(); }); });
      await options.door.settled();
      connections.closeAll('shutdown');
      await new Promise<void>((resolve) => { aedes.close(resolve); });
      await closed;
    },
  };
}

function listen(server: TcpServer, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
