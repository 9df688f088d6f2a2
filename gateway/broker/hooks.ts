/**
 * Aedes' hooks. A throw or a rejected promise in one would end the process, so each is wrapped and fails closed. `authorizePublish` is the one
 * that can hold a PUBACK or PUBREC: it calls back when the door has its verdict, that is after the commit.
 */
import type { AedesOptions, AedesPublishPacket, AuthenticateError, Client } from 'aedes';
import type { PublishPacket } from 'aedes';
import type { Door, Verdict } from '../ingest/door.ts';
import type { Log } from '../model/ports/log.ts';
import { ROOT } from '../model/topics.ts';
import type { Connections } from './connections.ts';

/** Where a message goes that is acknowledged and nobody shall see; no client may read `$`-topics. */
const NOWHERE = '$nowhere';
const EMPTY: Buffer = Buffer.alloc(0);
const MAX_SUBSCRIPTIONS = 100;
const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;
const STATUS = /\/status$/;

export interface HookOptions {
  readonly door: Door;
  readonly connections: Connections;
  readonly log: Log;
  readonly anonymousLoopback: boolean;
}
type Hooks = Required<Pick<AedesOptions, 'preConnect' | 'authenticate' | 'authorizePublish' | 'authorizeSubscribe' | 'authorizeForward'>>;

export function hooksOf(options: HookOptions): Hooks {
  const { door, connections, log, anonymousLoopback } = options;
  const failed = (hook: string, error: unknown): Error => {
    log.error('a broker hook failed; the client is refused', { hook, because: String(error) });
    return error instanceof Error ? error : new Error(String(error));
  };
  return {
    preConnect: (client, packet, done) => {
      try {
        // A device's session is its own memory, not ours: queues for absent clients would not be bounded.
        packet.clean = true;
        if (packet.will !== undefined && willFault(packet.will) !== null) {
          connections.refused();
          return done(new Error(`Will refused: ${willFault(packet.will)}`), false);
        }
        connections.claim(packet.clientId, client);
        done(null, true);
      } catch (error) {
        done(failed('preConnect', error), false);
      }
    },
    authenticate: (client, _username, _password, done) => {
      try {
        if (door.failing) return refuse(3, 'nothing can be stored at the moment');
        if (!anonymousLoopback || !LOOPBACK.test(remoteAddress(client))) return refuse(5, 'only anonymous clients on this machine are known');
        done(null, true);
      } catch (error) {
        done(Object.assign(failed('authenticate', error), { returnCode: 3 }) as AuthenticateError, false);
      }
      function refuse(returnCode: number, because: string): void {
        connections.refused();
        done(Object.assign(new Error(because), { returnCode }) as AuthenticateError, false);
      }
    },
    authorizePublish: (client, packet, done) => {
      // Without a client it is a Will of another broker's leftovers; there is no other broker.
      if (client === null) return done(new Error('no client'));
      const will = client.closed;
      if (will && connections.endedByUs(client)) return done(new Error('a Will that our own closing caused'));
      connections.hold(client);
      try {
        door.receive({ topic: packet.topic, payload: bytesOf(packet), client: client.id, will }, (verdict) => {
          connections.release(client);
          conclude(client, packet, verdict, done);
        });
      } catch (error) {
        connections.release(client);
        connections.markClosed(client, 'failure');
        done(failed('authorizePublish', error));
      }
    },
    authorizeSubscribe: (client, subscription, done) => {
      const { topic } = subscription;
      const count = Object.keys((client as unknown as { subscriptions: object }).subscriptions).length;
      const allowed = (topic === '#' || topic === `${ROOT}/#` || topic.startsWith(`${ROOT}/`) || topic.startsWith('lianqin/+') || topic.startsWith('+/')) && count < MAX_SUBSCRIPTIONS;
      done(null, allowed ? subscription : null);
    },
    authorizeForward: (_client, packet: AedesPublishPacket) => (packet.topic.startsWith('$') ? null : packet),
  };

  function conclude(client: Client, packet: PublishPacket, verdict: Verdict, done: (error?: Error | null) => void): void {
    switch (verdict.type) {
      case 'accepted':
        // A heartbeat is an event; only the last status is worth keeping for later subscribers.
        if (!STATUS.test(packet.topic)) packet.retain = false;
        return done(null);
      case 'duplicate': case 'refused':
        packet.topic = NOWHERE;
        packet.payload = EMPTY;
        packet.retain = false;
        return done(null);
      case 'foreign': case 'unavailable':
        connections.markClosed(client, verdict.type);
        return done(new Error(verdict.type === 'foreign' ? `topic ${packet.topic} is not open to clients` : 'nothing can be stored at the moment'));
    }
  }
}

function willFault(will: { readonly topic: string; readonly qos?: number }): string | null {
  if ((will.qos ?? 0) > 2) return 'QoS over 2';
  return will.topic.startsWith(`${ROOT}/devices/`) && STATUS.test(will.topic) ? null : `topic ${will.topic}; a device's status topic is expected`;
}
const bytesOf = ({ payload }: PublishPacket): Uint8Array => (typeof payload === 'string' ? Buffer.from(payload) : payload);
function remoteAddress(client: Client): string {
  const { req, conn } = client as unknown as { req?: { socket: { remoteAddress?: string } }; conn: { remoteAddress?: string } };
  return req?.socket.remoteAddress ?? conn.remoteAddress ?? '';
}
