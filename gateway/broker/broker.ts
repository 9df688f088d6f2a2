/**
 * The MQTT front: Aedes over TCP and WebSocket. It speaks the protocol and nothing else; what a message means, and whether it is stored, the
 * door decides, and the PUBACK waits for that.
 */
import type { IncomingMessage, Server as HttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions, type TLSSocket } from 'node:tls';
import type { Duplex } from 'node:stream';
import { Aedes, type Client } from 'aedes';
import type { MqttAccess } from '../access/mqtt-principal.ts';
import type { Door } from '../ingest/door.ts';
import type { Clock } from '../model/ports/clock.ts';
import type { Log } from '../model/ports/log.ts';
import { millis } from '../model/time.ts';
import { deviceStatusTopic } from '../model/topics.ts';
import { CleanSessions } from './clean-sessions.ts';
import { Connections, type BrokerCounters } from './connections.ts';
import { forgetFilters, hooksOf } from './hooks.ts';
import { TopicTree } from './topic-tree.ts';
import { acceptWebSockets } from './websocket.ts';

export interface BrokerOptions {
  readonly door: Door;
  readonly clock: Clock;
  readonly log: Log;
  /** The plain listener: a loopback address. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly access: MqttAccess;
  /** Messages a second that one connection may send in the long run. */
  readonly ratePerClient: number;
  /** The listener for everybody else; null: there is none. */
  readonly tls: TlsListener | null;
}
export interface TlsListener extends TlsFiles {
  readonly host: string;
  readonly port: number;
}
/** PEM texts. With `clientCa`, a client may sign in by a certificate whose common name is the id of its credential. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  readonly clientCa: string | null;
}
export interface Broker extends AsyncDisposable {
  readonly port: number;
  /** Of the TLS listener; null without one. */
  readonly tlsPort: number | null;
  /** New connections get the new certificate; throws where it is none. */
  renewTls(files: TlsFiles): void;
  /** Ends every connection of a credential, and forgets what its devices have retained. */
  endCredential(id: string, devices: readonly string[]): void;
  /** Serves `/mqtt` on an HTTP server; `mayUpgrade` is asked first. */
  acceptWebSocket(server: HttpServer, mayUpgrade: (request: IncomingMessage) => { readonly type: string }): void;
  /** Null deletes what is retained. */
  publishRetained(topic: string, payload: string | null): void;
  publish(topic: string, payload: string): void;
  counters(): BrokerCounters;
}

const MAX_CONNECTIONS = 18_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** A subscriber that takes nothing for this long is cut. */
const DRAIN_TIMEOUT_MS = 5_000;
/** How long a client may take at our end to take its last acks and close. */
const GOODBYE_MS = 1_000;
const LOOK_AGAIN = millis(10);

/** Rejects with the system's error where it cannot listen. */
export async function openBroker(options: BrokerOptions): Promise<Broker> {
  const { door, clock, log, host, port } = options;
  const connections = new Connections(door, clock, options.ratePerClient);
  const sessions = new CleanSessions();
  const aedes = await Aedes.createBroker({
    id: 'lianqin', mq: new TopicTree(), persistence: sessions, drainTimeout: DRAIN_TIMEOUT_MS, connectTimeout: CONNECT_TIMEOUT_MS, maxTopicLevels: 10,
    ...hooksOf({ ...options, connections, sessions }),
  });
  observe(aedes, connections, log);
  const handle = (stream: Duplex, remoteAddress: string | undefined, request?: IncomingMessage, certificateName: string | null = null): void => {
    if (connections.closing) stream.destroy();
    else connections.open(aedes.handle(stream, request), stream, remoteAddress, certificateName);
  };
  const server = createServer({ noDelay: true }, (socket: Socket) => {
    socket.on('error', () => undefined);
    handle(socket, socket.remoteAddress);
  });
  server.maxConnections = MAX_CONNECTIONS;
  await listen(server, host, port);
  const secure = options.tls === null ? null : createTlsServer({ ...secureContext(options.tls), noDelay: true, handshakeTimeout: CONNECT_TIMEOUT_MS }, (socket) => {
    socket.on('error', () => undefined);
    handle(socket, socket.remoteAddress, undefined, socket.authorized ? commonName(socket) : null);
  });
  if (secure !== null && options.tls !== null) {
    secure.maxConnections = MAX_CONNECTIONS;
    // A handshake that fails is its client's affair.
    secure.on('tlsClientError', (error, socket) => { log.info('TLS handshake failed', { address: socket.remoteAddress ?? '', because: error.message }); });
    await listen(secure, options.tls.host, options.tls.port);
  }

  const publish = (topic: string, payload: string, retain: boolean): void => {
    aedes.publish({ cmd: 'publish', topic, payload: Buffer.from(payload), qos: 0, dup: false, retain }, (error) => {
      if (error !== undefined && error !== null) log.error('state could not be published', { topic, because: error.message });
    });
  };
  const webSockets: Disposable[] = [];
  return {
    port: (server.address() as AddressInfo).port,
    tlsPort: secure === null ? null : (secure.address() as AddressInfo).port,
    renewTls: (files) => { secure?.setSecureContext(secureContext(files)); },
    endCredential: (id, devices) => {
      connections.endOf(id);
      for (const device of devices) publish(deviceStatusTopic(device), '', true);
    },
    acceptWebSocket: (http, mayUpgrade) => {
      webSockets.push(acceptWebSockets(http, mayUpgrade, (stream, request) => { handle(stream, request.socket.remoteAddress, request); }));
    },
    publishRetained: (topic, payload) => { publish(topic, payload ?? '', true); },
    publish: (topic, payload) => { publish(topic, payload, false); },
    counters: () => connections.counters(),
    [Symbol.asyncDispose]: async () => {
      // No new ones first; then what was read is committed and acknowledged; then those that there are, whose Wills are ours and not theirs.
      for (const each of webSockets) each[Symbol.dispose]();
      const closed = Promise.all([server, secure].map((each) => new Promise<void>((resolve) => { if (each === null) resolve(); else each.close(() => { resolve(); }); })));
      connections.beginClosing();
      await door.settled();
      await sayGoodbye(connections, clock);
      await new Promise<void>((resolve) => { aedes.close(resolve); });
      connections.destroyAll();
      await closed;
    },
  };
}

/** Nothing that a client does may end the process: an `error` event without listener would. */
function observe(aedes: Aedes, connections: Connections, log: Log): void {
  const note = (what: string) => (client: Client | null, error: Error): void => {
    // Each message whose acknowledgement comes too late is an error of its own to Aedes; the first of a connection says it.
    if (client !== null && !connections.firstError(client)) return;
    log.info(what, { client: client?.id ?? '', because: error.message });
  };
  aedes.on('clientError', note('client error'));
  aedes.on('connectionError', note('connection error'));
  // In 1.2 but not in its types.
  (aedes as unknown as NodeJS.EventEmitter).on('error', (error: Error) => { log.error('broker error', { because: error.message }); });
  aedes.on('clientReady', (client) => { connections.ready(client); });
  aedes.on('clientDisconnect', (client) => { connections.gone(client); });
  aedes.on('unsubscribe', (filters, client) => { forgetFilters(connections, filters, client); });
  aedes.on('keepaliveTimeout', (client) => {
    const connection = connections.of(client);
    // It may have pinged: while its acks are held we do not read it.
    if (connection.held > 0) connections.markClosed(connection, 'keepalive-while-held');
  });
}

async function sayGoodbye(connections: Connections, clock: Clock): Promise<void> {
  // Acks are written in the turns after the door's verdict.
  await new Promise<void>((resolve) => { clock.after(LOOK_AGAIN, resolve); });
  connections.endAll();
  const until = clock.now().mono + GOODBYE_MS;
  while (connections.openCount > 0 && clock.now().mono < until) await new Promise<void>((resolve) => { clock.after(LOOK_AGAIN, resolve); });
}

function secureContext({ cert, key, clientCa }: TlsFiles): TlsOptions {
  // Who comes without a certificate may still sign in by name and secret, so that an unchecked one is not refused but counts for nothing.
  return { cert, key, minVersion: 'TLSv1.2', ...(clientCa === null ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: false }) };
}
function commonName(socket: TLSSocket): string | null {
  const { subject } = socket.getPeerCertificate() as { readonly subject?: { readonly CN?: string | string[] } };
  return typeof subject?.CN === 'string' ? subject.CN : null;
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
