/**
 * The one door: every message, whatever way it came, is resolved, read, de-duplicated and committed here, and answered only then. Proof of life
 * goes to the engine at validation; readings follow the commit. One commit is in flight and the next group fills meanwhile, so that a busy gateway
 * makes few large commits and an idle one small ones at once.
 */
import type { Arrangement } from '../arrangement/arrangement.ts';
import type { EngineInput } from '../engine/input.ts';
import type { Heartbeat } from '../model/heartbeat.ts';
import { parseHeartbeat } from '../model/heartbeat-payload.ts';
import type { Clock } from '../model/ports/clock.ts';
import type { Inbox } from '../model/ports/inbox.ts';
import type { Journal, QuarantineEntry, SpoolGroup, StateRow } from '../model/ports/journal.ts';
import type { Log } from '../model/ports/log.ts';
import type { Refusal, RefusalCode } from '../model/refusal.ts';
import { decodeRecords, RecordGroup, type RecordKind } from '../model/spool-record.ts';
import { millis, seconds, type Millis, type WallTime } from '../model/time.ts';
import type { Mark } from './boot-window.ts';
import { Duplicates } from './duplicates.ts';
import { measured } from './measured.ts';
import { Targets, type Target } from './targets.ts';

export const MAX_PAYLOAD_BYTES = 65_536;
/** What may wait for a commit. Beyond it messages are turned away unacknowledged. */
const MAX_WAITING = 20_000;
const MAX_WAITING_BYTES = 16_777_216;
const FIRST_PROBE: Millis = millis(500);
const LONGEST_PROBE: Millis = seconds(10);

export interface Message {
  readonly topic: string;
  readonly payload: Uint8Array;
  /** Client id or adapter, for the quarantine. */
  readonly client: string;
  readonly will: boolean;
}
export type Verdict =
  /** Committed; may be acknowledged and forwarded. */
  | { readonly type: 'accepted' }
  /** Was here before and is committed; to be acknowledged, not forwarded. */
  | { readonly type: 'duplicate' }
  /** Its quarantine row is committed; to be acknowledged, not forwarded. */
  | { readonly type: 'refused'; readonly code: RefusalCode }
  /** Nobody outside may publish there. */
  | { readonly type: 'foreign' }
  /** Not stored; must not be acknowledged. */
  | { readonly type: 'unavailable' };
const ACCEPTED: Verdict = { type: 'accepted' };
const DUPLICATE: Verdict = { type: 'duplicate' };
const FOREIGN: Verdict = { type: 'foreign' };
const UNAVAILABLE: Verdict = { type: 'unavailable' };

export interface DoorCounters {
  readonly accepted: number;
  readonly duplicates: number;
  readonly refused: number;
  readonly unavailable: number;
  readonly waiting: number;
  readonly commitFailures: number;
}
export interface Door {
  /** True while commits fail: new connections are better refused than held. */
  readonly failing: boolean;
  receive(message: Message, done: (verdict: Verdict) => void): void;
  counters(): DoorCounters;
  /** De-duplication windows that changed since the last call, for the periodic save. */
  dirtyRows(): readonly StateRow[];
  restore(rows: readonly StateRow[]): void;
  /** After a restart: what came after the stored state. Marks the windows and posts readings; it is no proof of life any more. */
  replay(group: SpoolGroup): void;
  /** Resolves when nothing waits for a commit. */
  settled(): Promise<void>;
}
export interface DoorOptions {
  readonly journal: Pick<Journal, 'commit'>;
  readonly arrangement: () => Arrangement;
  readonly inbox: Inbox<EngineInput>;
  readonly clock: Clock;
  readonly log: Log;
}
export const openDoor = (options: DoorOptions): Door => new CommittingDoor(options);

/** One message of a group; `target` is set where it has a record, and then they are in the order of the records. */
interface Waiting {
  readonly done: (verdict: Verdict) => void;
  readonly verdict: Verdict;
  readonly target: Target | null;
  readonly heartbeat: Heartbeat | null;
  readonly receivedAt: WallTime;
}

class CommittingDoor implements Door {
  readonly #options: DoorOptions;
  readonly #duplicates = new Duplicates();
  readonly #targets: Targets;
  #records = new RecordGroup();
  #waiting: Waiting[] = [];
  #quarantine: QuarantineEntry[] = [];
  #marks: Mark[] = [];
  /** Marks of the group whose commit is in flight, older than `#marks`. */
  #committingMarks: readonly Mark[] = [];
  #committing: Promise<void> | null = null;
  #scheduled = false;
  #failing = false;
  #probe: Millis = FIRST_PROBE;
  #counters = { accepted: 0, duplicates: 0, refused: 0, unavailable: 0, commitFailures: 0 };

  constructor(options: DoorOptions) {
    this.#options = options;
    this.#targets = new Targets(options.arrangement, this.#duplicates);
  }

  get failing(): boolean { return this.#failing; }
  counters(): DoorCounters { return { ...this.#counters, waiting: this.#waiting.length }; }
  dirtyRows(): readonly StateRow[] { return this.#duplicates.takeRows([...this.#committingMarks, ...this.#marks]); }
  restore(rows: readonly StateRow[]): void { this.#duplicates.restore(rows); }

  async settled(): Promise<void> {
    while (this.#committing !== null || this.#scheduled) await (this.#committing ?? new Promise((resolve) => { setImmediate(resolve); }));
  }

  receive({ topic, payload, client, will }: Message, done: (verdict: Verdict) => void): void {
    const target = this.#targets.resolve(topic);
    if (target.kind === 'foreign') return done(FOREIGN);
    const receivedAt = this.#options.clock.now().wall;
    if (target.kind === 'unknown') {
      const what = target.code === 'unknown-device' ? 'device' : 'link';
      return this.#refuse({ code: target.code, detail: `${what} ${JSON.stringify(target.id)} is not in the arrangement` }, topic, payload, client, receivedAt, done);
    }
    if (payload.length > MAX_PAYLOAD_BYTES) {
      return this.#refuse({ code: 'too-large', detail: `payload of ${payload.length} bytes; at most ${MAX_PAYLOAD_BYTES} are taken` }, topic, payload, client, receivedAt, done);
    }
    if (target.kind === 's') return this.#receiveStatus(target, topic, payload, client, will, receivedAt, done);
    const parsed = parseHeartbeat(payload);
    if (parsed.type === 'refused') return this.#refuse(parsed.refusal, topic, payload, client, receivedAt, done);
    const { heartbeat } = parsed;
    this.#prove(target, heartbeat);
    if (this.#full()) return this.#turnAway(done);
    if (heartbeat.seq !== null) {
      const window = target.seen.window(heartbeat.boot, heartbeat.seq);
      if (window.has(heartbeat.seq)) {
        this.#counters.duplicates += 1;
        // In order behind the original, which may be waiting for its commit.
        return this.#wait({ done, verdict: DUPLICATE, target: null, heartbeat: null, receivedAt });
      }
      const mark = window.take(heartbeat.seq);
      if (mark !== null) this.#marks.push(mark);
      this.#duplicates.touch(target.seen);
    }
    this.#records.append({ receivedAt, kind: target.kind, id: target.id, payload });
    this.#wait({ done, verdict: ACCEPTED, target, heartbeat, receivedAt });
  }

  replay(group: SpoolGroup): void {
    let position = group.first;
    for (const record of decodeRecords(group.bytes)) {
      this.#replayOne(record.kind, record.id, record.payload, record.receivedAt, position);
      position += 1;
    }
  }

  #replayOne(kind: RecordKind, id: string, payload: Uint8Array, receivedAt: WallTime, position: number): void {
    const target = kind === 'd' ? this.#targets.device(id) : kind === 'l' ? this.#targets.link(id) : undefined;
    if (target === undefined || target.kind === 's') return;
    const parsed = parseHeartbeat(payload);
    if (parsed.type === 'refused') return;
    const { heartbeat } = parsed;
    if (heartbeat.seq !== null) {
      target.seen.window(heartbeat.boot, heartbeat.seq).take(heartbeat.seq);
      this.#duplicates.touch(target.seen);
    }
    const input = measured(target, heartbeat, receivedAt, position);
    if (input !== null) this.#options.inbox.post(input);
  }

  #receiveStatus(target: Target, topic: string, payload: Uint8Array, client: string, will: boolean, receivedAt: WallTime, done: (verdict: Verdict) => void): void {
    const status = Buffer.from(payload.buffer, payload.byteOffset, Math.min(payload.length, 16)).toString('latin1');
    if (target.kind !== 's' || (status !== 'online' && status !== 'offline')) {
      return this.#refuse({ code: 'bad-status', detail: `status is ${JSON.stringify(status)}; online or offline is expected` }, topic, payload, client, receivedAt, done);
    }
    this.#options.inbox.post({ type: 'device-status', device: target.id, status, will });
    if (this.#full()) return this.#turnAway(done);
    this.#records.append({ receivedAt, kind: will ? 'w' : 's', id: target.id, payload });
    this.#wait({ done, verdict: ACCEPTED, target, heartbeat: null, receivedAt });
  }

  #prove(target: Target, { via, activeLink, links }: Heartbeat): void {
    if (target.kind === 'd') this.#options.inbox.post({ type: 'device-heard', device: target.id, via, activeLink, links });
    else if (target.kind === 'l') this.#options.inbox.post({ type: 'link-heard', link: target.id });
  }

  #refuse(refusal: Refusal, topic: string, payload: Uint8Array, client: string, at: WallTime, done: (verdict: Verdict) => void): void {
    if (this.#full()) return this.#turnAway(done);
    this.#counters.refused += 1;
    this.#quarantine.push({ at, topic, client, code: refusal.code, detail: refusal.detail, payload: payload.slice(0, MAX_PAYLOAD_BYTES) });
    this.#wait({ done, verdict: { type: 'refused', code: refusal.code }, target: null, heartbeat: null, receivedAt: at });
  }

  #full(): boolean {
    return this.#failing || this.#waiting.length >= MAX_WAITING || this.#records.bytes >= MAX_WAITING_BYTES;
  }
  #turnAway(done: (verdict: Verdict) => void): void {
    this.#counters.unavailable += 1;
    done(UNAVAILABLE);
  }

  #wait(waiting: Waiting): void {
    this.#waiting.push(waiting);
    if (this.#committing !== null || this.#scheduled) return;
    // After this turn of the loop, so that what was read from the sockets together is committed together.
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#waiting.length === 0 || this.#committing !== null) return;
    this.#committing = this.#commit().catch((error: unknown) => {
      this.#options.log.error('the door failed', { because: String(error) });
    }).finally(() => {
      this.#committing = null;
      this.#flush();
    });
  }

  async #commit(): Promise<void> {
    const waiting = this.#waiting;
    const marks = this.#marks;
    const quarantine = this.#quarantine;
    const spool = this.#records.count > 0 ? this.#records.take() : undefined;
    this.#waiting = [];
    this.#marks = [];
    this.#quarantine = [];
    this.#committingMarks = marks;
    const outcome = await this.#options.journal.commit({ ...(spool === undefined ? {} : { spool }), ...(quarantine.length === 0 ? {} : { quarantine }) });
    if (outcome.type === 'failed') return this.#fail(waiting, marks, outcome.code, outcome.because);
    this.#committingMarks = [];
    let position = outcome.first;
    for (const { done, verdict, target, heartbeat, receivedAt } of waiting) {
      done(verdict);
      if (target === null) continue;
      this.#counters.accepted += 1;
      const input = heartbeat === null ? null : measured(target, heartbeat, receivedAt, position);
      if (input !== null) this.#options.inbox.post(input);
      position += 1;
    }
  }

  /** Nothing of the group is stored: its marks are taken back, nobody is acknowledged, and the store is probed until it works again. */
  #fail(waiting: readonly Waiting[], marks: readonly Mark[], code: string, because: string): void {
    // What has gathered meanwhile would fail the same way, and its marks are the newer ones.
    const all = [...waiting, ...this.#waiting];
    for (const mark of [...marks, ...this.#marks].reverse()) mark.window.undo(mark);
    this.#waiting = [];
    this.#marks = [];
    this.#quarantine = [];
    this.#committingMarks = [];
    if (this.#records.count > 0) this.#records.take();
    this.#counters.commitFailures += 1;
    this.#counters.unavailable += all.length;
    if (!this.#failing) {
      this.#failing = true;
      this.#probe = FIRST_PROBE;
      this.#options.log.error('commits fail; nothing is acknowledged until they work again', { code, because });
      this.#options.inbox.post({ type: 'store-trouble', failing: true, because });
      this.#probeLater();
    }
    for (const { done } of all) done(UNAVAILABLE);
  }

  #probeLater(): void {
    this.#options.clock.after(this.#probe, () => {
      this.#probeStore().catch((error: unknown) => { this.#options.log.error('the store could not be probed', { because: String(error) }); });
    });
  }

  async #probeStore(): Promise<void> {
    const outcome = await this.#options.journal.commit({ state: [] });
    if (outcome.type === 'committed') {
      this.#failing = false;
      this.#options.log.info('commits work again');
      this.#options.inbox.post({ type: 'store-trouble', failing: false, because: '' });
      return;
    }
    this.#probe = millis(Math.min(this.#probe * 2, LONGEST_PROBE));
    this.#probeLater();
  }
}
