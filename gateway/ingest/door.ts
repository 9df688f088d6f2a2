/**
 * The one door: every message, whatever way it came, is resolved, read, de-duplicated and committed here, and answered only then. Proof of life
 * goes to the engine at validation, whatever the disk does; readings follow the commit.
 */
import type { Arrangement } from '../arrangement/arrangement.ts';
import type { EngineInput } from '../engine/input.ts';
import type { Heartbeat } from '../model/heartbeat.ts';
import { parseHeartbeat } from '../model/heartbeat-payload.ts';
import type { Clock } from '../model/ports/clock.ts';
import type { Inbox } from '../model/ports/inbox.ts';
import type { Journal, SpoolGroup, StateRow, Thinned } from '../model/ports/journal.ts';
import type { Log } from '../model/ports/log.ts';
import type { RefusalCode } from '../model/refusal.ts';
import type { Bilingual } from '../model/text.ts';
import { decodeRecords, type SpoolRecord } from '../model/spool-record.ts';
import type { WallTime } from '../model/time.ts';
import { Duplicates } from './duplicates.ts';
import { GroupCommit, UNAVAILABLE, type Verdict } from './group-commit.ts';
import { measured } from './measured.ts';
import { Targets, type Target } from './targets.ts';

export type { Verdict } from './group-commit.ts';
export const MAX_PAYLOAD_BYTES = 65_536;

export interface Message {
  readonly topic: string;
  /** Not kept and not changed. */
  readonly payload: Uint8Array;
  /** Client id or adapter, for the quarantine. */
  readonly client: string;
  /** Sent by the broker because the connection broke, and not by our own closing. */
  readonly will: boolean;
}
export interface DoorCounters {
  readonly accepted: number;
  readonly duplicates: number;
  readonly refused: number;
  readonly refusedByCode: Readonly<Partial<Record<RefusalCode, number>>>;
  readonly foreign: number;
  readonly unavailable: number;
  /** Messages that wait for their commit. */
  readonly waiting: number;
  readonly commitFailures: number;
}
export interface Door {
  /** True while commits fail or stall: what comes in proves its sender alive and is turned away. */
  readonly failing: boolean;
  /** So much waits for its commit that connections are better not read; `whenRoom` calls back once when that is over. */
  readonly crowded: boolean;
  whenRoom(call: () => void): void;
  /** Enough waits for its commit that what can wait should. */
  readonly busy: boolean;
  /** `done` is called once: at once where nothing is to be stored, else in order with all others after the commit. */
  receive(message: Message, done: (verdict: Verdict) => void): void;
  /** Since the start of the program. */
  counters(): DoorCounters;
  /** De-duplication windows that changed since the last call, for the periodic save. What is not committed is not in them. */
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

const droppedText = ({ from, to, count }: Thinned): Bilingual => ({
  zh: `待写队列已满,最早的数据被舍弃:第${from}至${to}条,其中${count}条未入历史库`, en: `the spool was full and its oldest records went: ${from} to ${to}, ${count} of them in no history`,
});
const ACCEPTED: Verdict = { type: 'accepted' };
const DUPLICATE: Verdict = { type: 'duplicate' };
const FOREIGN: Verdict = { type: 'foreign' };
const BUSY = 200;
type Done = (verdict: Verdict) => void;

class CommittingDoor implements Door {
  readonly #options: DoorOptions;
  readonly #duplicates = new Duplicates();
  readonly #targets: Targets;
  readonly #group: GroupCommit;
  readonly #refused: Partial<Record<RefusalCode, number>> = {};
  #counters = { accepted: 0, duplicates: 0, refused: 0, foreign: 0, unavailable: 0 };

  constructor(options: DoorOptions) {
    const { journal, arrangement, inbox, clock, log } = options;
    this.#options = options;
    this.#targets = new Targets(arrangement, this.#duplicates);
    this.#group = new GroupCommit({
      journal, clock, log,
      committed: (target, heartbeat, receivedAt, position) => { this.#measure(target, heartbeat, receivedAt, position); },
      trouble: (failing, because) => { inbox.post({ type: 'store-trouble', failing, because }); },
      thinned: (gap) => { inbox.post({ type: 'condition-changed', condition: 'data-dropped', because: droppedText(gap) }); },
    });
  }

  get failing(): boolean { return this.#group.failing; }
  get crowded(): boolean { return this.#group.crowded; }
  get busy(): boolean { return this.#group.waiting >= BUSY; }
  whenRoom(call: () => void): void { this.#group.whenRoom(call); }
  counters(): DoorCounters {
    return { ...this.#counters, refusedByCode: { ...this.#refused }, waiting: this.#group.waiting, commitFailures: this.#group.failures };
  }
  dirtyRows(): readonly StateRow[] { return this.#duplicates.takeRows(this.#group.pendingMarks()); }
  restore(rows: readonly StateRow[]): void { this.#duplicates.restore(rows); }
  settled(): Promise<void> { return this.#group.settled(); }

  receive(message: Message, done: Done): void {
    const { topic, payload } = message;
    const target = this.#targets.resolve(topic);
    const receivedAt = this.#options.clock.now().wall;
    switch (target.kind) {
      case 'foreign':
        this.#counters.foreign += 1;
        return done(FOREIGN);
      case 'unknown':
        return this.#refuse(message, target.code, `${JSON.stringify(target.id)} is not in the arrangement`, receivedAt, done);
      case 's':
        return this.#receiveStatus(target, message, receivedAt, done);
      case 'd': case 'l':
        if (payload.length > MAX_PAYLOAD_BYTES) return this.#refuse(message, 'too-large', `payload of ${payload.length} bytes: expected at most ${MAX_PAYLOAD_BYTES}`, receivedAt, done);
        return this.#receiveHeartbeat(target, message, receivedAt, done);
    }
  }

  replay(group: SpoolGroup): void {
    let position = group.first;
    for (const record of decodeRecords(group.bytes)) {
      this.#replayOne(record, position);
      position += 1;
    }
  }

  #receiveHeartbeat(target: Exclude<Target, { kind: 's' }>, message: Message, receivedAt: WallTime, done: Done): void {
    const { payload } = message;
    const parsed = parseHeartbeat(payload);
    if (parsed.type === 'refused') return this.#refuse(message, parsed.refusal.code, parsed.refusal.detail, receivedAt, done);
    const { heartbeat } = parsed;
    const { via, activeLink, links, seq } = heartbeat;
    if (target.kind === 'd') this.#options.inbox.post({ type: 'device-heard', device: target.id, via, activeLink, links });
    else this.#options.inbox.post({ type: 'link-heard', link: target.id });
    if (this.#group.full) return this.#turnAway(done);
    let mark = null;
    if (seq !== null) {
      const window = target.seen.window(heartbeat.boot, seq);
      if (window.has(seq)) {
        this.#counters.duplicates += 1;
        if (target.kind === 'd') this.#options.inbox.post({ type: 'device-repeated', device: target.id });
        // In order behind the original, which may be waiting for its commit.
        return this.#group.wait({ done, verdict: DUPLICATE, target: null, heartbeat: null, receivedAt, mark });
      }
      mark = window.take(seq);
      this.#duplicates.touch(target.seen);
    }
    this.#counters.accepted += 1;
    this.#group.append({ receivedAt, kind: target.kind, id: target.id, payload });
    this.#group.wait({ done, verdict: ACCEPTED, target, heartbeat, receivedAt, mark });
  }

  #receiveStatus(target: Extract<Target, { kind: 's' }>, message: Message, receivedAt: WallTime, done: Done): void {
    const { payload, will } = message;
    const status = payload.length <= 7 ? Buffer.from(payload).toString('latin1') : '';
    if (status !== 'online' && status !== 'offline') return this.#refuse(message, 'bad-status', `${payload.length} bytes: expected online or offline`, receivedAt, done);
    // A Will speaks when its sender is gone.
    if (will && status === 'online') return this.#refuse(message, 'bad-status', 'online in a Will: expected offline', receivedAt, done);
    this.#options.inbox.post({ type: 'device-status', device: target.id, status, will });
    if (this.#group.full) return this.#turnAway(done);
    this.#counters.accepted += 1;
    this.#group.append({ receivedAt, kind: will ? 'w' : 's', id: target.id, payload });
    this.#group.wait({ done, verdict: ACCEPTED, target, heartbeat: null, receivedAt, mark: null });
  }

  #refuse({ topic, payload, client }: Message, code: RefusalCode, detail: string, at: WallTime, done: Done): void {
    if (this.#group.full) return this.#turnAway(done);
    this.#counters.refused += 1;
    this.#refused[code] = (this.#refused[code] ?? 0) + 1;
    // A copy of its own: a view would keep the whole buffer that was read from the socket.
    this.#group.quarantine({ at, topic, client, code, detail, payload: new Uint8Array(payload.subarray(0, MAX_PAYLOAD_BYTES)) });
    this.#group.wait({ done, verdict: { type: 'refused', code }, target: null, heartbeat: null, receivedAt: at, mark: null });
  }

  #turnAway(done: Done): void {
    this.#counters.unavailable += 1;
    done(UNAVAILABLE);
  }

  #measure(target: Target, heartbeat: Heartbeat, receivedAt: WallTime, position: number): void {
    const input = measured(target, heartbeat, receivedAt, position);
    if (input !== null) this.#options.inbox.post(input);
  }

  #replayOne({ kind, id, payload, receivedAt }: SpoolRecord, position: number): void {
    const target = kind === 'd' ? this.#targets.device(id) : kind === 'l' ? this.#targets.link(id) : undefined;
    if (target === undefined || target.kind === 's') return;
    const parsed = parseHeartbeat(payload);
    if (parsed.type === 'refused') return;
    const { heartbeat } = parsed;
    if (heartbeat.seq !== null) {
      target.seen.window(heartbeat.boot, heartbeat.seq).take(heartbeat.seq);
      this.#duplicates.touch(target.seen);
    }
    this.#measure(target, heartbeat, receivedAt, position);
  }
}
