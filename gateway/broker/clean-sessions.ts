/**
 * What Aedes keeps between packets, in place of the memory that it brings. Sessions are always clean here: nothing is queued for clients that are
 * away, Wills live and die with their connection (Aedes would publish those of connected clients when the wall clock jumps), and an unfinished
 * QoS 2 handshake ends with its connection. What stays is the retained messages, and their number is bounded.
 */
import { Readable } from 'node:stream';
import type { AedesPublishPacket, Client } from 'aedes';
import { matches } from './topic-tree.ts';

/** Retained topics: two for each known device (its own status, our state of it), one for each link, path and open alert. */
const MAX_RETAINED = 200_000;
interface Identified { readonly messageId?: number | undefined }

/** The calls are those that Aedes 1.2 makes of its `persistence`. */
export class CleanSessions {
  readonly #retained = new Map<string, AedesPublishPacket>();
  /** QoS 2 messages that wait for their PUBREL. */
  readonly #incoming = new WeakMap<Client, Set<number>>();

  get retained(): number { return this.#retained.size; }
  async setup(): Promise<void> { /* Aedes insists on it. */ }

  async storeRetained(packet: AedesPublishPacket): Promise<void> {
    if (packet.payload.length === 0) this.#retained.delete(packet.topic);
    else if (this.#retained.has(packet.topic) || this.#retained.size < MAX_RETAINED) this.#retained.set(packet.topic, { ...packet });
  }
  createRetainedStreamCombi(filters: readonly string[]): Readable { return Readable.from(this.#retainedFor(filters)); }
  *#retainedFor(filters: readonly string[]): Generator<AedesPublishPacket> {
    for (const filter of filters) {
      const levels = filter.split('/');
      if (!levels.includes('+') && levels.at(-1) !== '#') {
        const one = this.#retained.get(filter);
        if (one !== undefined) yield one;
      } else for (const [topic, packet] of this.#retained) if (matches(levels, topic)) yield packet;
    }
  }

  /** True between the PUBREC and the PUBREL of a QoS 2 message: what comes under its id is a repetition. */
  isIncoming(client: Client, messageId: number | undefined): boolean {
    return messageId !== undefined && this.#incoming.get(client)?.has(messageId) === true;
  }
  async incomingStorePacket(client: Client, { messageId }: Identified): Promise<void> {
    let ids = this.#incoming.get(client);
    if (ids === undefined) this.#incoming.set(client, ids = new Set());
    if (messageId !== undefined) ids.add(messageId);
  }
  async incomingGetPacket(client: Client, packet: Identified): Promise<Identified> {
    if (!this.isIncoming(client, packet.messageId)) throw new Error('no such packet');
    return packet;
  }
  async incomingDelPacket(client: Client, { messageId }: Identified): Promise<void> {
    if (messageId === undefined || this.#incoming.get(client)?.delete(messageId) !== true) throw new Error('no such packet');
  }
  async cleanIncoming(client: Client): Promise<void> { this.#incoming.delete(client); }

  async subscriptionsByTopic(): Promise<readonly never[]> { return []; }
  async subscriptionsByClient(): Promise<readonly never[]> { return []; }
  async addSubscriptions(): Promise<void> { /* Held by the connection. */ }
  async removeSubscriptions(): Promise<void> { /* Held by the connection. */ }
  async cleanSubscriptions(): Promise<void> { /* Held by the connection. */ }
  async outgoingEnqueue(): Promise<void> { /* Nothing is kept for who is away. */ }
  async outgoingEnqueueCombi(): Promise<void> { /* Nothing is kept for who is away. */ }
  async outgoingUpdate(): Promise<void> { /* Nothing is kept for who is away. */ }
  async outgoingClearMessageId(): Promise<undefined> { return undefined; }
  outgoingStream(): Readable { return Readable.from([]); }
  async putWill(): Promise<void> { /* Held by the connection. */ }
  async delWill(): Promise<undefined> { return undefined; }
  streamWill(): Readable { return Readable.from([]); }
}
