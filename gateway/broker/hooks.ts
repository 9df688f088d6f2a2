/**
 * Aedes' hooks. A throw or a rejected promise in one would end the process, so each is wrapped and fails closed. `authorizePublish` is the one
 * that can hold a PUBACK or PUBREC: it calls back when the door has its verdict, that is after the commit.
 */
import type { AedesOptions, AuthenticateError, Client, ConnectPacket, PublishPacket } from 'aedes';
import type { Door, Verdict } from '../ingest/door.ts';
import type { MqttAccess, MqttPrincipal } from '../access/mqtt-principal.ts';
import type { Clock } from '../model/ports/clock.ts';
import type { Log } from '../model/ports/log.ts';
import { ROOT } from '../model/topics.ts';
import type { CleanSessions } from './clean-sessions.ts';
import type { ClosedBy, Connection, Connections, Refusal } from './connections.ts';

/** Where a message goes that is acknowledged and nobody shall see; no client may read `$`-topics. */
const NOWHERE = '$nowhere';
const EMPTY: Buffer = Buffer.alloc(0);
/** Seconds. Without any the broker would keep a dead connection for ever. */
const MAX_KEEPALIVE = 300;
const MAX_CLIENT_ID = 128;
const MAX_FILTERS = 100;
const MAX_FILTER_LENGTH = 256;
/** What a reader may have unsent before it is cut off. */
const MAX_UNSENT_BYTES = 4_194_304;
// Control characters, and what a decoder puts in the place of bytes that are no UTF-8.
const UNPRINTABLE = /[\p{Cc}\uFFFD]/u;
const WILL_TOPIC = new RegExp(`^${ROOT}/devices/[^/+#]{1,128}/status$`);
const [FIRST, SECOND] = ROOT.split('/');

export interface HookOptions {
  readonly door: Door;
  readonly connections: Connections;
  readonly sessions: CleanSessions;
  readonly clock: Clock;
  readonly log: Log;
  readonly access: MqttAccess;
}
type Hooks = Required<Pick<AedesOptions, 'preConnect' | 'authenticate' | 'authorizePublish' | 'authorizeSubscribe' | 'authorizeForward'>>;

export function hooksOf(options: HookOptions): Hooks {
  const { door, connections, sessions, clock, log, access } = options;
  const failed = (hook: string, error: unknown): Error => {
    log.error('a broker hook failed; the client is refused', { hook, because: String(error) });
    return error instanceof Error ? error : new Error(String(error));
  };
  return {
    preConnect: (client, packet, done) => {
      try {
        const connection = connections.of(client);
        connection.fault = faultOf(packet, door.failing);
        if (packet.will !== undefined) connection.will = packet.will as PublishPacket;
        // A device's session is its own memory, not ours: queues for absent clients would not be bounded.
        packet.clean = true;
        done(null, true);
      } catch (error) {
        done(failed('preConnect', error), false);
      }
    },
    authenticate: (client, username, password, done) => {
      try {
        const connection = connections.of(client);
        const { loopback, certificateName } = connection;
        const principal = access.signIn({ username: username ?? null, password: password === undefined ? null : Buffer.from(password).toString('utf8'), loopback, certificateName });
        const fault = strangerFault(principal, client, connection) ?? connection.fault;
        if (fault === null && principal !== null) {
          connection.principal = principal;
          connections.claim(connection);
          return done(null, true);
        }
        if (fault === null) return done(failed('authenticate', new Error('nobody')) as AuthenticateError, false);
        connections.refuse(fault.reason);
        done(Object.assign(new Error(`refused: ${fault.reason}`), { returnCode: fault.code }) as AuthenticateError, false);
      } catch (error) {
        done(Object.assign(failed('authenticate', error), { returnCode: 3 }) as AuthenticateError, false);
      }
    },
    authorizePublish: (client, packet, done) => {
      // Without a client it would be a Will left behind by another broker, and there is none.
      if (client === null) return done(new Error('no client'));
      try {
        const connection = connections.of(client);
        const will = packet === connection.will;
        if (will && (connection.closedBy !== null || connections.closing)) return done(new Error('a Will that our own closing caused'));
        if (packet.messageId === 0 && packet.qos > 0) return close(connection, 'protocol', 'packet id 0', done);
        // [MQTT-1.5.3-1]; what a decoder puts in the place of bytes that are no UTF-8. Control characters are on no topic of ours.
        if (packet.topic.includes('\uFFFD')) return close(connection, 'protocol', 'a topic that is no UTF-8', done);
        // A repetition within a QoS 2 handshake was stored with the first; Aedes only repeats its PUBREC.
        if (packet.qos === 2 && sessions.isIncoming(client, packet.messageId)) return done(null);
        // A Will that was left behind is its sender's, and was checked when it signed in.
        if (!will && connection.principal?.mayPublish(packet.topic) !== true) return close(connection, 'foreign-topic', `topic ${JSON.stringify(packet.topic.slice(0, 128))} is not open to ${client.id}`, done);
        connections.spend(connection);
        connection.held += 1;
        door.receive({ topic: packet.topic, payload: bytesOf(packet), client: client.id, will }, (verdict) => {
          connection.held -= 1;
          conclude(connection, packet, verdict, done);
        });
      } catch (error) {
        done(failed('authorizePublish', error));
      }
    },
    authorizeSubscribe: (client, subscription, done) => {
      try {
        const { filters, principal } = connections.of(client);
        const { topic } = subscription;
        // 128 in the SUBACK; the connection stays.
        if (!mayRead(topic) || principal?.maySubscribe(topic) !== true || (filters.size >= MAX_FILTERS && !filters.has(topic))) return done(null, null);
        filters.add(topic);
        done(null, subscription);
      } catch (error) {
        done(failed('authorizeSubscribe', error));
      }
    },
    authorizeForward: (client, packet) => {
      if (!packet.topic.startsWith(ROOT)) return null;
      const connection = connections.of(client);
      if (connection.principal?.mayReceive(packet.topic) !== true) return null;
      if (connection.stream.writableLength <= MAX_UNSENT_BYTES) return packet;
      connections.markClosed(connection, 'slow-reader');
      connection.stream.destroy(new Error(`a reader with ${connection.stream.writableLength} bytes unsent`));
      return null;
    },
  };

  function conclude(connection: Connection, packet: PublishPacket, verdict: Verdict, done: (error?: Error | null) => void): void {
    switch (verdict.type) {
      case 'accepted':
        // A heartbeat is an event; only the last status is worth keeping for later subscribers.
        if (packet.retain && !packet.topic.endsWith('/status')) packet.retain = false;
        return done(null);
      case 'duplicate':
        return doneUnseen(packet, done);
      case 'refused':
        if (connections.refusedOne(connection, clock.now().mono)) return close(connection, 'flood', 'too many messages that cannot be taken', done);
        return doneUnseen(packet, done);
      case 'foreign':
        return close(connection, 'foreign-topic', `topic ${JSON.stringify(packet.topic.slice(0, 128))} is not open to clients`, done);
      case 'unavailable':
        // QoS 0 promises nothing, and the connection is worth keeping: what comes over it proves its sender alive.
        if (packet.qos === 0) return doneUnseen(packet, done);
        return close(connection, 'unavailable', 'nothing can be stored at the moment', done);
    }
  }

  function close(connection: Connection, reason: ClosedBy, because: string, done: (error: Error) => void): void {
    connections.markClosed(connection, reason);
    done(new Error(because));
  }
}

/** Aedes acknowledges, forwards and retains whatever is not an error; so this one goes where nobody looks. */
function doneUnseen(packet: PublishPacket, done: (error?: Error | null) => void): void {
  packet.topic = NOWHERE;
  packet.payload = EMPTY;
  packet.retain = false;
  done(null);
}

/** What is wrong with who comes: nobody that we know, a client id that is another's, or a Will for somebody else. */
function strangerFault(principal: MqttPrincipal | null, { id }: Client, { will }: Connection): Refusal | null {
  if (principal === null) return { code: 5, reason: 'not-authorised' };
  if (!principal.mayClaim(id)) return { code: 2, reason: 'client-id' };
  return will !== null && !principal.mayPublish(will.topic) ? { code: 5, reason: 'will' } : null;
}

/** Protocol versions other than 3.1 and 3.1.1 are refused by Aedes itself (return code 1). */
function faultOf({ clientId, clean, keepalive, will, username, password }: ConnectPacket, failing: boolean): Refusal | null {
  // [MQTT-3.1.2-22]
  if (password !== undefined && username === undefined) return { code: 4, reason: 'malformed' };
  // [MQTT-3.1.3-8]: without an id of its own a client cannot have a session to come back to.
  if (clientId.length > MAX_CLIENT_ID || UNPRINTABLE.test(clientId) || (clientId === '' && clean === false)) return { code: 2, reason: 'client-id' };
  if (keepalive === undefined || keepalive === 0 || keepalive > MAX_KEEPALIVE) return { code: 5, reason: 'keepalive' };
  if (will !== undefined && ((will.qos ?? 0) > 2 || !WILL_TOPIC.test(will.topic) || UNPRINTABLE.test(will.topic))) return { code: 5, reason: 'will' };
  // Nothing could be acknowledged; it is told to come back instead of being held.
  return failing ? { code: 3, reason: 'unavailable' } : null;
}

/** Filters that can take a topic of ours. Wildcards above our root are harmless: nothing else is ever forwarded. */
function mayRead(filter: string): boolean {
  if (filter.length > MAX_FILTER_LENGTH || UNPRINTABLE.test(filter)) return false;
  const [first, second] = filter.split('/');
  return first === '#' || ((first === '+' || first === FIRST) && (second === '#' || second === '+' || second === SECOND));
}

const bytesOf = ({ payload }: PublishPacket): Uint8Array => (typeof payload === 'string' ? Buffer.from(payload) : payload);
/** Filters that a client gave up make room for others. */
export function forgetFilters(connections: Connections, filters: readonly string[], client: Client): void {
  const { filters: held } = connections.of(client);
  for (const filter of filters) held.delete(filter);
}
