/**
 * Many messages, one commit. One group is in flight and the next one fills meanwhile, so that a busy gateway makes few large commits and an idle
 * one small ones at once. Verdicts are given in the order of coming. When commits fail or stall, whatever waits is turned away, and the store is
 * probed until it works again; memory stays bounded throughout.
 */
import type { Heartbeat } from '../model/heartbeat.ts';
import type { Clock } from '../model/ports/clock.ts';
import type { CommitOutcome, Journal, QuarantineEntry, Thinned } from '../model/ports/journal.ts';
import type { Log } from '../model/ports/log.ts';
import type { RefusalCode } from '../model/refusal.ts';
import { RecordGroup, type SpoolRecord } from '../model/spool-record.ts';
import { millis, seconds, type Millis, type WallTime } from '../model/time.ts';
import type { Mark } from './boot-window.ts';
import type { Target } from './targets.ts';

/** What may wait for a commit. Beyond it messages are turned away unacknowledged. */
const MAX_WAITING = 20_000;
const MAX_WAITING_BYTES = 8_388_608;
/** From here on connections are better not read: half of the above, so that what one read brings still fits. */
const CROWDED = 0.5;
/** A commit that takes longer is trouble: nobody is held longer than clients wait, and silence is no longer held against them. */
const COMMIT_DEADLINE: Millis = seconds(5);
const FIRST_PROBE: Millis = millis(250);
const LONGEST_PROBE: Millis = seconds(5);
const PROBE_ROOM = 65_536;

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
export const UNAVAILABLE: Verdict = { type: 'unavailable' };

/** One message of a group. */
export interface Waiting {
  readonly done: (verdict: Verdict) => void;
  readonly verdict: Verdict;
  /** Set where it has a record; those of a group are in the order of their records. */
  readonly target: Target | null;
  readonly heartbeat: Heartbeat | null;
  readonly receivedAt: WallTime;
  readonly mark: Mark | null;
}
export interface GroupCommitOptions {
  readonly journal: Pick<Journal, 'commit'>;
  readonly clock: Clock;
  readonly log: Log;
  /** For each record of a committed group, in order, after all of the group are acknowledged. */
  readonly committed: (target: Target, heartbeat: Heartbeat, receivedAt: WallTime, position: number) => void;
  readonly trouble: (failing: boolean, because: string) => void;
  /** Older records went to make room for these. */
  readonly thinned: (thinned: Thinned) => void;
}

export class GroupCommit {
  readonly #options: GroupCommitOptions;
  readonly #records = new RecordGroup();
  #waiting: Waiting[] = [];
  #quarantine: QuarantineEntry[] = [];
  #quarantineBytes = 0;
  #inFlight: readonly Waiting[] | null = null;
  #scheduled = false;
  #failing = false;
  #probing = false;
  #probe: Millis = FIRST_PROBE;
  #whenRoom: (() => void)[] = [];
  #whenSettled: (() => void)[] = [];
  #failures = 0;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  /** True while commits fail or stall. */
  get failing(): boolean { return this.#failing; }
  get full(): boolean { return this.#failing || this.#waiting.length >= MAX_WAITING || this.#bytes >= MAX_WAITING_BYTES; }
  get crowded(): boolean { return this.#waiting.length >= MAX_WAITING * CROWDED || this.#bytes >= MAX_WAITING_BYTES * CROWDED; }
  get waiting(): number { return this.#waiting.length + (this.#inFlight?.length ?? 0); }
  get failures(): number { return this.#failures; }
  get #bytes(): number { return this.#records.bytes + this.#quarantineBytes; }

  append(record: SpoolRecord): void { this.#records.append(record); }
  quarantine(entry: QuarantineEntry): void {
    this.#quarantine.push(entry);
    this.#quarantineBytes += entry.payload.length + entry.topic.length;
  }
  /** The message whose record or quarantine row was just added, or one that only keeps its place behind others. */
  wait(waiting: Waiting): void {
    this.#waiting.push(waiting);
    if (this.#inFlight !== null || this.#scheduled) return;
    // After this turn of the loop, so that what was read from the sockets together is committed together.
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  /** Marks that are not committed, oldest first. */
  pendingMarks(): Mark[] {
    const marks: Mark[] = [];
    for (const { mark } of this.#inFlight ?? []) if (mark !== null) marks.push(mark);
    for (const { mark } of this.#waiting) if (mark !== null) marks.push(mark);
    return marks;
  }

  /** Calls back once, when it is no longer crowded. */
  whenRoom(call: () => void): void { this.#whenRoom.push(call); }
  /** Resolves when nothing waits. */
  settled(): Promise<void> {
    return this.#idle ? Promise.resolve() : new Promise((resolve) => { this.#whenSettled.push(resolve); });
  }
  get #idle(): boolean { return this.#inFlight === null && this.#waiting.length === 0; }

  #flush(): void {
    if (this.#inFlight !== null) return;
    const group = this.#waiting;
    if (group.length > 0) {
      const spool = this.#records.count > 0 ? this.#records.take() : undefined;
      const quarantine = this.#quarantine;
      this.#waiting = [];
      this.#quarantine = [];
      this.#quarantineBytes = 0;
      this.#inFlight = group;
      // Only repetitions, and their originals are committed.
      if (spool === undefined && quarantine.length === 0) return this.#settle(group, 0);
      this.#commit(group, { ...(spool === undefined ? {} : { spool }), ...(quarantine.length === 0 ? {} : { quarantine }) });
    }
    this.#makeRoom();
    if (this.#idle) for (const call of this.#whenSettled.splice(0)) call();
  }

  #commit(group: readonly Waiting[], commit: Parameters<Journal['commit']>[0]): void {
    const { journal, clock } = this.#options;
    const cancel = clock.after(COMMIT_DEADLINE, () => { this.#stalled(); });
    const take = (outcome: CommitOutcome): void => {
      cancel();
      if (outcome.type === 'failed') this.#fail(group, outcome.code, outcome.because);
      else {
        this.#probe = FIRST_PROBE;
        if (this.#failing && !this.#probing) this.#recovered();
        if (outcome.thinned !== undefined) this.#options.thinned(outcome.thinned);
        this.#settle(group, outcome.first);
      }
    };
    journal.commit(commit).then(take, (error: unknown) => { take({ type: 'failed', code: 'COMMIT-THREW', because: String(error) }); });
  }

  #settle(group: readonly Waiting[], first: number): void {
    for (const { done, verdict } of group) this.#answer(done, verdict);
    let position = first;
    for (const { target, heartbeat, receivedAt } of group) {
      if (target === null) continue;
      if (heartbeat !== null) this.#options.committed(target, heartbeat, receivedAt, position);
      position += 1;
    }
    this.#inFlight = null;
    this.#flush();
  }

  /** What one connection does with its verdict must not cost the others theirs. */
  #answer(done: (verdict: Verdict) => void, verdict: Verdict): void {
    try {
      done(verdict);
    } catch (error) {
      this.#options.log.error('an acknowledgement could not be passed on', { because: String(error) });
    }
  }

  /** Nothing of the group is stored: its marks are taken back, nobody is acknowledged, and the store is probed until it works again. */
  #fail(group: readonly Waiting[], code: string, because: string): void {
    this.#failures += 1;
    // What has gathered meanwhile would fail the same way, and its marks are the newer ones.
    const gathered = this.#takeGathered();
    this.#inFlight = null;
    this.#trouble(`${code}: ${because}`);
    this.#turnAway(gathered, group);
    if (!this.#probing) this.#probeLater();
    this.#flush();
  }

  /** The commit may still come; what has gathered behind it is not held any longer. */
  #stalled(): void {
    this.#trouble(`a commit has taken more than ${COMMIT_DEADLINE / 1_000} s`);
    this.#turnAway(this.#takeGathered(), []);
    this.#makeRoom();
  }

  #takeGathered(): readonly Waiting[] {
    const gathered = this.#waiting;
    this.#waiting = [];
    this.#quarantine = [];
    this.#quarantineBytes = 0;
    if (this.#records.count > 0) this.#records.take();
    return gathered;
  }

  #turnAway(newer: readonly Waiting[], older: readonly Waiting[]): void {
    for (const group of [newer, older]) for (const { mark } of group.toReversed()) mark?.window.undo(mark);
    for (const group of [older, newer]) for (const { done } of group) this.#answer(done, UNAVAILABLE);
  }

  #trouble(because: string): void {
    if (this.#failing) return;
    this.#failing = true;
    this.#options.log.error('nothing can be committed, and nothing is acknowledged until it can', { because });
    this.#options.trouble(true, because);
  }
  #recovered(): void {
    this.#failing = false;
    this.#options.log.info('commits work again');
    this.#options.trouble(false, '');
  }

  #probeLater(): void {
    this.#probing = true;
    this.#options.clock.after(this.#probe, () => {
      // A real row, and room for a group: an empty commit would succeed on a full disk, and a small one where groups do not fit.
      this.#options.journal.commit({ room: PROBE_ROOM, state: [{ key: 'door/probe', json: String(this.#options.clock.now().wall) }] }).then(
        (outcome) => { this.#probed(outcome.type === 'committed'); }, () => { this.#probed(false); },
      );
    });
    // Goes back to its first value with the next group that is committed, not with the probe: small rows may fit where groups do not.
    this.#probe = millis(Math.min(this.#probe * 2, LONGEST_PROBE));
  }
  #probed(works: boolean): void {
    this.#probing = false;
    if (works) this.#recovered();
    else this.#probeLater();
  }

  #makeRoom(): void {
    if (this.#whenRoom.length === 0 || this.crowded) return;
    for (const call of this.#whenRoom.splice(0)) call();
  }
}
