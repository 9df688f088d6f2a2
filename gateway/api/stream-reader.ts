/**
 * One reader of the event stream (server-sent events). What a slow reader has not taken yet is held once for each resource, its
 * newest state: the memory of a reader is bounded by the number of resources, however long it waits. A reader that takes
 * nothing for `stallLimit` is cut; it comes back with its Last-Event-ID and misses nothing.
 */
import type { Writable } from 'node:stream';
import type { Clock } from '../model/ports/clock.ts';
import type { Change, ChangeFeed, ChangeType, Situation } from '../model/ports/situation.ts';
import { millis, type Millis } from '../model/time.ts';

export interface StreamRequest {
  /** Last-Event-ID; null begins anew. */
  readonly after: string | null;
  readonly types: ReadonlySet<ChangeType>;
  /** How often it hears that the stream lives though nothing changes. */
  readonly beat: Millis;
}
export interface StreamContext {
  readonly situation: Situation;
  readonly feed: ChangeFeed;
  readonly clock: Clock;
  readonly stallLimit: Millis;
  /** Called once, when the reader has gone or was cut. */
  readonly ended: (cut: boolean) => void;
}
export const STALL_LIMIT: Millis = millis(30_000);
/** How long a browser waits before it comes back. */
const RETRY_MS = 2000;

export class StreamReader {
  readonly #out: Writable;
  readonly #request: StreamRequest;
  readonly #context: StreamContext;
  /** Newest change of each resource that is not written yet, in the order of their positions. */
  readonly #pending = new Map<string, Change>();
  #opening: Iterator<string> | null = null;
  #position = '';
  #blocked = false;
  #ended = false;
  #stopFeed: () => void = () => {};
  #cancelBeat: () => void = () => {};
  #cancelStall: () => void = () => {};

  constructor(out: Writable, request: StreamRequest, context: StreamContext) {
    this.#out = out;
    this.#request = request;
    this.#context = context;
  }

  /** Begins to write: everything, or what came after `request.after`; then `live`; then each change. */
  start(): void {
    this.#out.on('drain', () => this.#drained());
    this.#out.on('error', () => this.#end(false));
    this.#out.on('close', () => this.#end(false));
    const following = this.#context.feed.follow(this.#request.after, (change) => this.#take(change));
    const { resumed, position } = following;
    this.#stopFeed = () => following.stop();
    this.#position = position;
    const missed = [...this.#pending.values()];
    this.#pending.clear();
    this.#opening = resumed ? this.#resuming(missed, position) : this.#beginning(snapshot(this.#context.situation, this.#request.types), position);
    this.#write(`retry: ${RETRY_MS}\n\n`);
    this.#pump();
    this.#armBeat();
  }

  /** Ends the response; the reader may come back. */
  stop(): void {
    this.#end(false);
    this.#out.end();
  }

  #take(change: Change): void {
    this.#position = change.position;
    if (!this.#request.types.has(change.type)) return;
    const key = `${change.type} ${change.id}`;
    this.#pending.delete(key);
    this.#pending.set(key, change);
    if (this.#opening === null) this.#pump();
  }

  /** Snapshot events carry no id: a reader that is cut in the middle of them must begin anew. */
  * #beginning(all: readonly (readonly [ChangeType, object])[], position: string): Generator<string> {
    yield eventText('snapshot', { at: this.#now(), position });
    for (const [type, resource] of all) yield eventText(type, resource);
    yield eventText('live', { at: this.#now(), resumed: false }, position);
  }

  * #resuming(missed: readonly Change[], position: string): Generator<string> {
    for (const change of missed) yield changeText(change);
    yield eventText('live', { at: this.#now(), resumed: true }, position);
  }

  #now(): number { return this.#context.clock.now().wall; }

  #pump(): void {
    while (!this.#blocked && !this.#ended) {
      const text = this.#next();
      if (text === null) return;
      this.#write(text);
    }
  }

  #next(): string | null {
    if (this.#opening !== null) {
      const step = this.#opening.next();
      if (step.done !== true) return step.value;
      this.#opening = null;
    }
    for (const [key, change] of this.#pending) {
      this.#pending.delete(key);
      return changeText(change);
    }
    return null;
  }

  #write(text: string): void {
    if (this.#ended || this.#out.write(text)) return;
    if (this.#blocked) return;
    this.#blocked = true;
    this.#cancelStall = this.#context.clock.after(this.#context.stallLimit, () => {
      this.#end(true);
      this.#out.destroy();
    });
  }

  #drained(): void {
    this.#cancelStall();
    this.#blocked = false;
    this.#pump();
  }

  #armBeat(): void {
    if (this.#ended) return;
    this.#cancelBeat = this.#context.clock.after(this.#request.beat, () => {
      // The id keeps a reader of few types from growing too old to resume. The comment is for those who read no events.
      if (!this.#blocked) this.#write(`: heartbeat\n${eventText('beat', { at: this.#now() }, this.#opening === null ? this.#position : undefined)}`);
      this.#armBeat();
    });
  }

  #end(cut: boolean): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stopFeed();
    this.#cancelBeat();
    this.#cancelStall();
    this.#pending.clear();
    this.#context.ended(cut);
  }
}

/** Taken at once, so that it is the state at the position that was followed. */
function snapshot(situation: Situation, types: ReadonlySet<ChangeType>): readonly (readonly [ChangeType, object])[] {
  const all: (readonly [ChangeType, object])[] = [];
  if (types.has('path')) for (const path of situation.paths()) all.push(['path', path]);
  if (types.has('alert')) for (const alert of situation.alerts('all')) all.push(['alert', alert]);
  if (types.has('link')) for (const link of situation.links()) all.push(['link', link]);
  if (types.has('device')) for (const device of situation.devices()) all.push(['device', device]);
  return all;
}

const eventText = (event: string, data: object, id?: string): string =>
  `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

/** The text of a change is made once for all readers. */
const changeTexts = new WeakMap<Change, string>();
function changeText(change: Change): string {
  let text = changeTexts.get(change);
  if (text === undefined) changeTexts.set(change, text = eventText(change.type, change.resource, change.position));
  return text;
}
