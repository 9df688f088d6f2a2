/**
 * Who is subscribed to what, in place of the emitter that Aedes brings: that one makes every publisher wait until the slowest subscriber has taken
 * the message, so that one frozen reader would stall the acks of all. Here a message is handed to each subscriber's connection and nobody waits;
 * what a connection may have unsent is bounded where it is handed over (hooks.ts).
 */
import type { AedesPublishPacket } from 'aedes';

export type Deliver = (packet: AedesPublishPacket, done: () => void) => void;

interface Level {
  readonly below: Map<string, Level>;
  /** Filters that end here. */
  readonly here: Set<Deliver>;
  /** Filters that end with # here: this level and everything below. */
  readonly all: Set<Deliver>;
}
const level = (): Level => ({ below: new Map(), here: new Set(), all: new Set() });
const noop = (): void => undefined;

/** The calls are those that Aedes 1.2 makes of its `mq`. */
export class TopicTree {
  readonly #root = level();
  #filters = 0;

  on(filter: string, deliver: Deliver, done?: () => void): this {
    const levels = filter.split('/');
    const all = levels.at(-1) === '#';
    if (all) levels.pop();
    let at = this.#root;
    for (const name of levels) {
      let next = at.below.get(name);
      if (next === undefined) at.below.set(name, next = level());
      at = next;
    }
    (all ? at.all : at.here).add(deliver);
    this.#filters += 1;
    if (done !== undefined) queueMicrotask(done);
    return this;
  }

  removeListener(filter: string, deliver: Deliver, done?: () => void): this {
    const levels = filter.split('/');
    const all = levels.at(-1) === '#';
    if (all) levels.pop();
    this.#remove(this.#root, levels, 0, all, deliver);
    if (done !== undefined) queueMicrotask(done);
    return this;
  }

  emit(packet: AedesPublishPacket, done: (error?: Error | null) => void = noop): this {
    if (this.#filters > 0) this.#deliver(this.#root, packet.topic.split('/'), 0, packet);
    done();
    return this;
  }

  close(done: () => void): void { queueMicrotask(done); }

  #deliver(at: Level, levels: readonly string[], depth: number, packet: AedesPublishPacket): void {
    for (const deliver of at.all) deliver(packet, noop);
    const name = levels[depth];
    if (name === undefined) {
      for (const deliver of at.here) deliver(packet, noop);
      return;
    }
    const exact = at.below.get(name);
    if (exact !== undefined) this.#deliver(exact, levels, depth + 1, packet);
    const any = at.below.get('+');
    if (any !== undefined) this.#deliver(any, levels, depth + 1, packet);
  }

  /** True where nothing is left at and below `at`. */
  #remove(at: Level, levels: readonly string[], depth: number, all: boolean, deliver: Deliver): boolean {
    const name = levels[depth];
    if (name === undefined) {
      if ((all ? at.all : at.here).delete(deliver)) this.#filters -= 1;
    } else {
      const next = at.below.get(name);
      if (next !== undefined && this.#remove(next, levels, depth + 1, all, deliver)) at.below.delete(name);
    }
    return at.below.size === 0 && at.here.size === 0 && at.all.size === 0;
  }
}

/** Whether `filter` (valid, split at its slashes) takes `topic`. */
export function matches(filter: readonly string[], topic: string): boolean {
  const levels = topic.split('/');
  for (const [index, name] of filter.entries()) {
    if (name === '#') return true;
    const here = levels[index];
    if (here === undefined || (name !== '+' && name !== here)) return false;
  }
  return levels.length === filter.length;
}
