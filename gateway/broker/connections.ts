/** What the broker knows of each connection beyond Aedes: who holds a client id now, acks held, subscriptions, and whether it was we who closed it. */
import type { Duplex } from 'node:stream';
import type { Client, PublishPacket } from 'aedes';
import type { Door } from '../ingest/door.ts';
import type { MqttPrincipal } from '../access/mqtt-principal.ts';
import type { Clock } from '../model/ports/clock.ts';
import { millis } from '../model/time.ts';
import { FrameGuard } from './frame-guard.ts';

/** Acks held at which a connection is no longer read. Beside them at most one read (64 KiB) of it is in flight. */
const MAX_HELD = 100;

export interface Connection {
  readonly client: Client;
  readonly stream: Duplex;
  readonly loopback: boolean;
  /** Common name of a client certificate that was checked; null without one. */
  readonly certificateName: string | null;
  /** Null until it has signed in. */
  principal: MqttPrincipal | null;
  /** Messages that it may still send before it has to wait; see `spend`. */
  allowance: number;
  allowanceAt: number;
  held: number;
  readonly filters: Set<string>;
  /** The Will of its CONNECT. */
  will: PublishPacket | null;
  /** Why its CONNECT is not accepted, found before its sign-in; null where nothing is wrong with it. */
  fault: Refusal | null;
  /** Why it was we who ended it. */
  closedBy: ClosedBy | null;
  erred: boolean;
  /** Refused messages that are forgiven; see `refusedOne`. */
  forgiven: number;
  forgivenAt: number;
}
/** CONNACK return code of MQTT 3.1.1, and which counter it is. */
export interface Refusal {
  readonly code: 2 | 3 | 4 | 5;
  readonly reason: RefusedBy;
}
export type RefusedBy = 'malformed' | 'client-id' | 'keepalive' | 'will' | 'not-authorised' | 'unavailable';
export type ClosedBy = 'shutdown' | 'taken-over' | 'unavailable' | 'foreign-topic' | 'protocol' | 'flood' | 'slow-reader' | 'keepalive-while-held' | 'revoked' | 'failure';
export interface BrokerCounters {
  readonly connected: number;
  readonly accepted: number;
  readonly refused: number;
  readonly refusedByReason: Readonly<Record<string, number>>;
  readonly closedByUs: Readonly<Record<string, number>>;
  /** How often a connection was not read because it sent more than it may. */
  readonly slowed: number;
}

/** Seconds of its rate that a connection may send at once: what it has gathered while it was away. */
const BURST_SECONDS = 2;
/** Refused messages that a connection may have at once, and how many more each second. */
const REFUSED_BURST = 1_000;
const REFUSED_PER_SECOND = 100;

export class Connections {
  readonly #door: Pick<Door, 'crowded' | 'whenRoom'>;
  readonly #clock: Clock;
  readonly #ratePerClient: number;
  readonly #known = new WeakMap<Client, Connection>();
  readonly #latest = new Map<string, Client>();
  readonly #open = new Set<Connection>();
  readonly #ready = new Set<Connection>();
  readonly #waitForRoom = new Set<Connection>();
  readonly #resting = new Set<Connection>();
  #slowed = 0;
  readonly #closed: Record<string, number> = {};
  readonly #refused: Record<string, number> = {};
  #accepted = 0;
  #closing = false;

  /** `ratePerClient`: messages a second that one connection may send in the long run; twice as many at once. */
  constructor(door: Pick<Door, 'crowded' | 'whenRoom'>, clock: Clock, ratePerClient: number) {
    this.#door = door;
    this.#clock = clock;
    this.#ratePerClient = ratePerClient;
  }

  /**
   * Puts the guard in front of the parser. Aedes takes bytes by `read` alone, when a packet is done with and when there are new ones; so this is
   * also the place to stop reading a connection that has many acks held. It goes on by itself: each ack that goes out asks for more.
   */
  open(client: Client, stream: Duplex, remoteAddress: string | undefined, certificateName: string | null): Connection {
    const connection: Connection = {
      client, stream, loopback: isLoopback(remoteAddress), certificateName, principal: null, allowance: this.#ratePerClient * BURST_SECONDS, allowanceAt: this.#clock.now().mono, held: 0, filters: new Set(), will: null, fault: null, closedBy: null, erred: false, forgiven: REFUSED_BURST, forgivenAt: 0,
    };
    this.#known.set(client, connection);
    this.#open.add(connection);
    stream.once('close', () => {
      this.#open.delete(connection);
      this.#waitForRoom.delete(connection);
    });
    const guard = new FrameGuard();
    const read = stream.read.bind(stream);
    stream.read = (size?: number): unknown => {
      // Node itself asks for 0 bytes to keep the stream going.
      if (size === 0) return read(0);
      if (this.#closing || connection.held >= MAX_HELD || this.#crowded(connection) || this.#exhausted(connection)) return null;
      const bytes: unknown = read(size);
      const fault = bytes instanceof Uint8Array ? guard.check(bytes) : null;
      if (fault === null) return bytes;
      this.markClosed(connection, 'protocol');
      stream.destroy(new Error(fault));
      return null;
    };
    return connection;
  }

  /** One message more of this connection. */
  spend(connection: Connection): void { connection.allowance -= 1; }

  /** It has sent more than it may: it is not read until it may again. Nobody else waits, and nothing of it is lost. */
  #exhausted(connection: Connection): boolean {
    if (connection.allowance >= 0) return false;
    const now = this.#clock.now().mono;
    const rate = this.#ratePerClient;
    connection.allowance = Math.min(rate * BURST_SECONDS, connection.allowance + (now - connection.allowanceAt) * rate / 1_000);
    connection.allowanceAt = now;
    if (connection.allowance >= 0) return false;
    this.#slowed += 1;
    // Asks again whether there is something to read, once it may.
    if (!this.#resting.has(connection)) {
      this.#resting.add(connection);
      this.#clock.after(millis(-connection.allowance * 1_000 / rate + 1), () => {
        this.#resting.delete(connection);
        if (this.#open.has(connection)) connection.stream.emit('readable');
      });
    }
    return true;
  }

  /** Ends every connection of a credential: it was revoked, or has a new secret. */
  endOf(credential: string): void {
    for (const connection of this.#open) {
      if (connection.principal?.credential !== credential) continue;
      this.markClosed(connection, 'revoked');
      connection.stream.destroy();
    }
  }

  /** Every client that reaches a hook was opened before. */
  of(client: Client): Connection {
    const connection = this.#known.get(client);
    if (connection === undefined) throw new Error(`connection of ${client.id} is not known`);
    return connection;
  }

  /** The client is signed in; from now on an earlier one with its id is a leftover. */
  claim(connection: Connection): void {
    const earlier = this.#latest.get(connection.client.id);
    if (earlier !== undefined) this.markClosed(this.of(earlier), 'taken-over');
    this.#latest.set(connection.client.id, connection.client);
  }
  ready(client: Client): void {
    this.#accepted += 1;
    this.#ready.add(this.of(client));
  }
  gone(client: Client): void {
    this.#ready.delete(this.of(client));
    if (this.#latest.get(client.id) === client) this.#latest.delete(client.id);
  }
  /** True once for a connection. */
  firstError(client: Client): boolean {
    const connection = this.#known.get(client);
    if (connection === undefined || connection.erred) return connection === undefined;
    return connection.erred = true;
  }
  refuse(reason: RefusedBy): void { this.#refused[reason] = (this.#refused[reason] ?? 0) + 1; }

  /** Notes that the end of this connection is our doing, so that its Will says nothing of the device. */
  markClosed(connection: Connection, because: ClosedBy): void {
    if (connection.closedBy !== null) return;
    connection.closedBy = because;
    this.#closed[because] = (this.#closed[because] ?? 0) + 1;
  }

  /** True where it had one refused message too many: each is a row to commit. `now` in ms of the monotonic clock. */
  refusedOne(connection: Connection, now: number): boolean {
    connection.forgiven = Math.min(REFUSED_BURST, connection.forgiven + (now - connection.forgivenAt) * REFUSED_PER_SECOND / 1_000) - 1;
    connection.forgivenAt = now;
    return connection.forgiven < 0;
  }

  /** Nothing is read any more; whatever ends from here on is our doing. */
  beginClosing(): void {
    this.#closing = true;
    for (const connection of this.#open) this.markClosed(connection, 'shutdown');
  }
  /** Ends every connection behind what is still to be sent on it. */
  endAll(): void {
    for (const connection of this.#open) connection.stream.end();
  }
  get openCount(): number { return this.#open.size; }
  destroyAll(): void {
    for (const connection of this.#open) connection.stream.destroy();
  }
  get closing(): boolean { return this.#closing; }

  counters(): BrokerCounters {
    const refused = Object.values(this.#refused).reduce((sum, each) => sum + each, 0);
    return { connected: this.#ready.size, accepted: this.#accepted, refused, refusedByReason: { ...this.#refused }, closedByUs: { ...this.#closed }, slowed: this.#slowed };
  }

  /** Too much waits at the door already: nobody is read until there is room, and then all who waited are. */
  #crowded(connection: Connection): boolean {
    if (!this.#door.crowded) return false;
    if (this.#waitForRoom.size === 0) {
      this.#door.whenRoom(() => {
        const waiting = [...this.#waitForRoom];
        this.#waitForRoom.clear();
        for (const each of waiting) each.stream.emit('readable');
      });
    }
    this.#waitForRoom.add(connection);
    return true;
  }
}

const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.)/;
const isLoopback = (address: string | undefined): boolean => address !== undefined && LOOPBACK.test(address);
