/** What the broker knows of each connection beyond Aedes: who holds a client id now, acks held, subscriptions, and whether it was we who closed it. */
import type { Client } from 'aedes';

/** Held acks at which a client is no longer read, and at which it is again. */
const PAUSE_AT = 100;
const RESUME_AT = 20;

interface Known { held: number; paused: boolean; closedBy: string | null }
/** What 1.2 has and its types do not name. */
interface Pausable { pause(): void; resume(): void }

export class Connections {
  readonly #known = new WeakMap<Client, Known>();
  readonly #latest = new Map<string, Client>();
  readonly #open = new Set<Client>();
  readonly #closed: Record<string, number> = {};
  #accepted = 0;
  #refused = 0;

  /** A client that is about to have this id; from now on an earlier one with it is a leftover. */
  claim(id: string, client: Client): void {
    this.#latest.set(id, client);
  }
  ready(client: Client): void {
    this.#accepted += 1;
    this.#open.add(client);
  }
  gone(client: Client): void {
    this.#open.delete(client);
    if (this.#latest.get(client.id) === client) this.#latest.delete(client.id);
  }
  refused(): void { this.#refused += 1; }

  /** An ack is held: beyond 100 the client is not read until 20 are left, so that what is in flight is bounded. */
  hold(client: Client): void {
    const known = this.#of(client);
    known.held += 1;
    if (known.paused || known.held < PAUSE_AT) return;
    known.paused = true;
    (client as unknown as Pausable).pause();
  }
  release(client: Client): void {
    const known = this.#of(client);
    known.held -= 1;
    if (!known.paused || known.held > RESUME_AT) return;
    known.paused = false;
    (client as unknown as Pausable).resume();
  }

  /** Notes that the end of this connection is our doing, so that its Will says nothing of the device. */
  markClosed(client: Client, because: string): void {
    const known = this.#of(client);
    if (known.closedBy !== null) return;
    known.closedBy = because;
    this.#closed[because] = (this.#closed[because] ?? 0) + 1;
  }
  /** Closed by us, or replaced by a newer connection under its id. */
  endedByUs(client: Client): boolean {
    const latest = this.#latest.get(client.id);
    return this.#of(client).closedBy !== null || (latest !== undefined && latest !== client);
  }
  closeAll(because: string): void {
    for (const client of this.#open) this.markClosed(client, because);
  }
  counters(): { connected: number; accepted: number; refused: number; closedByUs: Readonly<Record<string, number>> } {
    return { connected: this.#open.size, accepted: this.#accepted, refused: this.#refused, closedByUs: this.#closed };
  }

  #of(client: Client): Known {
    let known = this.#known.get(client);
    if (known === undefined) this.#known.set(client, known = { held: 0, paused: false, closedBy: null });
    return known;
  }
}
