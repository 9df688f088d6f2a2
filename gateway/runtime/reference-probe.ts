/**
 * The centre's own access to each carrier: tries to open a TCP connection to the references that the arrangement names (`host:port`). One that
 * answers is enough, and a refused connection is an answer: the way there works.
 */
import { connect } from 'node:net';
import type { Arrangement } from '../arrangement/arrangement.ts';
import type { EngineInput } from '../engine/input.ts';
import type { AgencyId } from '../model/ids.ts';
import type { Clock } from '../model/ports/clock.ts';
import type { Inbox } from '../model/ports/inbox.ts';
import { seconds, type Millis } from '../model/time.ts';

const EVERY: Millis = seconds(5);
/** Two rounds that fail fit into the shortest usual dead interval of 15 s. */
const TIMEOUT: Millis = seconds(2);

export interface ReferenceProbeOptions {
  readonly arrangement: () => Arrangement;
  readonly inbox: Inbox<EngineInput>;
  readonly clock: Clock;
}

/** Tries from now on; disposing ends it. Where no references are named nothing is tried, and nothing is said. */
export function probeReferences({ arrangement, inbox, clock }: ReferenceProbeOptions): Disposable {
  let stopped = false;
  let cancel = (): void => undefined;
  const round = async (): Promise<void> => {
    const results = await Promise.all([...arrangement().references].map(async ([carrier, addresses]) => [carrier, await anyReachable(addresses, clock)] as const));
    if (stopped) return;
    for (const [carrier, reachable] of results) inbox.post({ type: 'reference-checked', carrier: carrier as AgencyId, reachable });
    if (results.length > 0) inbox.post({ type: 'self-checked', failing: results.every(([, reachable]) => !reachable) });
  };
  const later = (): void => {
    if (stopped) return;
    cancel = clock.after(EVERY, () => { void round().finally(later); });
  };
  later();
  return { [Symbol.dispose]: () => { stopped = true; cancel(); } };
}

async function anyReachable(addresses: readonly string[], clock: Clock): Promise<boolean> {
  const results = await Promise.all(addresses.map((address) => reachable(address, clock)));
  return results.includes(true);
}

function reachable(address: string, clock: Clock): Promise<boolean> {
  const colon = address.lastIndexOf(':');
  return new Promise((resolve) => {
    const socket = connect({ host: address.slice(0, colon).replaceAll(/[[\]]/g, ''), port: Number(address.slice(colon + 1)) });
    const end = (answer: boolean): void => {
      cancel();
      socket.destroy();
      resolve(answer);
    };
    const cancel = clock.after(TIMEOUT, () => { end(false); });
    socket.once('connect', () => { end(true); });
    socket.once('error', (error: NodeJS.ErrnoException) => { end(error.code === 'ECONNREFUSED'); });
  });
}
