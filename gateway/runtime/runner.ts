/**
 * Runs the engine: takes what the door learned, in order, keeps its one timer, and carries out what it asks for. Liveness goes on whatever the
 * disk does; what must be on disk first (alerts, and what is told of them) waits for its commit in a bounded queue of one entry a subject.
 */
import type { Clock } from '../model/ports/clock.ts';
import type { Inbox } from '../model/ports/inbox.ts';
import type { Journal, StateRow } from '../model/ports/journal.ts';
import type { Log } from '../model/ports/log.ts';
import type { TimelineEntry } from '../model/timeline.ts';
import { millis, seconds, type Instant, type Millis, type MonoTime } from '../model/time.ts';
import type { Change, StepResult, Tell } from '../engine/effect.ts';
import type { Engine } from '../engine/engine.ts';
import type { EngineInput } from '../engine/input.ts';

/** More than this between two looks at the clock means that the program itself did not run. */
const STOOD_STILL_MS = 2_000;
const LOOK_EVERY: Millis = millis(500);
/** Wall and monotonic clock parting by more than this is a step, not drift. */
const CLOCK_STEP_MS = 2_000;
const REFRESH_EVERY: Millis = seconds(5);
const RETRY_COMMIT: Millis = seconds(1);
/** Timeline entries that wait while commits fail. Beyond it the oldest inputs to the engine still run, and the log says what is lost. */
const MAX_WAITING_ENTRIES = 50_000;

export interface RunnerOptions {
  readonly engine: Engine;
  readonly journal: Pick<Journal, 'commit'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Run time of all earlier runs: the engine's monotonic time goes on from there. */
  readonly runtimeBase: Millis;
  /** Shows a change that needs no commit (device, link, path) or whose commit is done (alert). */
  readonly show: (change: Change) => void;
  readonly tell: (tell: Tell) => void;
  /** Rows of others that are stored with the periodic save, such as the door's de-duplication windows. */
  readonly moreRows: () => readonly StateRow[];
}

export class Runner implements Inbox<EngineInput> {
  readonly #options: RunnerOptions;
  readonly #monoBase: number;
  #lastLook: Instant;
  #cancelTimer: (() => void) | null = null;
  #timerAt: MonoTime | null = null;
  #cancelLook: (() => void) | null = null;
  #cancelRefresh: (() => void) | null = null;
  #cancelRetry: (() => void) | null = null;
  #waiting: TimelineEntry[] = [];
  #waitingRows = new Map<string, StateRow>();
  #waitingAlerts = new Set<string>();
  #waitingTells: Tell[] = [];
  #committing: Promise<void> | null = null;
  /** Devices and links heard since they were last shown. */
  #touched = new Map<string, Change>();
  #position = 0;
  #inputs = 0;
  #stopped = false;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#monoBase = options.runtimeBase - options.clock.now().mono;
    this.#lastLook = options.clock.now();
  }

  get inputs(): number { return this.#inputs; }
  get waitingEntries(): number { return this.#waiting.length; }

  /** The engine's idea of now: wall time, and run time over all runs. */
  now(): Instant {
    return this.#shifted(this.#options.clock.now());
  }

  start(): void {
    this.#take(this.#options.engine.start(this.now()));
    this.#look();
    this.#refresh();
  }

  post(input: EngineInput): void {
    if (this.#stopped) return;
    this.#inputs += 1;
    const read = this.#options.clock.now();
    if (read.mono - this.#lastLook.mono > STOOD_STILL_MS) this.#notePause(read);
    if (input.type === 'device-heard') this.#touched.set(`device/${input.device}`, { type: 'device', id: input.device });
    else if (input.type === 'link-heard') this.#touched.set(`link/${input.link}`, { type: 'link', id: input.link });
    else if (input.type === 'device-measured' || input.type === 'link-measured') this.#position = Math.max(this.#position, input.position);
    this.#take(this.#options.engine.step(input, this.#shifted(read)));
  }

  /** Everything up to `position` has been given to the engine, measured or not. */
  passed(position: number): void {
    this.#position = Math.max(this.#position, position);
  }

  /** Notes the stop, stores what there is, and ends. */
  async stop(): Promise<void> {
    this.post({ type: 'stopping' });
    this.#stopped = true;
    for (const cancel of [this.#cancelTimer, this.#cancelLook, this.#cancelRefresh, this.#cancelRetry]) cancel?.();
    await this.#committing;
    await this.#save();
  }

  #shifted({ wall, mono }: Instant): Instant {
    return { wall, mono: (mono + this.#monoBase) as MonoTime };
  }

  #notePause(read: Instant): void {
    const ms = millis(read.mono - this.#lastLook.mono);
    // Set first: the step below must not find the same pause again.
    this.#lastLook = read;
    this.#options.log.warn('the program stood still; deadlines move by as much', { ms: Math.round(ms) });
    this.#take(this.#options.engine.step({ type: 'stood-still', ms }, this.#shifted(read)));
  }

  #look(): void {
    const read = this.#options.clock.now();
    const passed = read.mono - this.#lastLook.mono;
    const step = read.wall - this.#lastLook.wall - passed;
    if (passed > STOOD_STILL_MS) this.#notePause(read);
    if (Math.abs(step) > CLOCK_STEP_MS) {
      this.#options.log.warn('the wall clock stepped; nothing is decided by it', { ms: Math.round(step) });
      this.#take(this.#options.engine.step({ type: 'clock-stepped', ms: millis(step) }, this.#shifted(read)));
    }
    this.#lastLook = read;
    this.#cancelLook = this.#options.clock.after(LOOK_EVERY, () => { this.#look(); });
  }

  #take(result: StepResult): void {
    for (const change of result.changed) {
      this.#touched.delete(`${change.type}/${change.id}`);
      if (change.type === 'alert') this.#waitingAlerts.add(change.id);
      else this.#options.show(change);
    }
    for (const row of result.state) this.#waitingRows.set(row.key, row);
    if (result.record.length > 0) this.#waiting.push(...result.record);
    if (result.tell.length > 0) this.#waitingTells.push(...result.tell);
    if (this.#waiting.length > MAX_WAITING_ENTRIES) this.#options.log.error('the timeline cannot be stored', { waiting: this.#waiting.length });
    if (this.#waiting.length > 0 || this.#waitingRows.size > 0) this.#commit();
    this.#arm(result.wakeAt);
  }

  #arm(wakeAt: MonoTime | null): void {
    if (wakeAt === null || this.#stopped) return;
    if (this.#timerAt !== null && this.#timerAt <= wakeAt) return;
    this.#cancelTimer?.();
    this.#timerAt = wakeAt;
    const delay = millis(Math.max(0, wakeAt - this.now().mono));
    this.#cancelTimer = this.#options.clock.after(delay, () => {
      this.#timerAt = null;
      this.post({ type: 'tick' });
    });
  }

  #commit(): void {
    if (this.#committing !== null || this.#cancelRetry !== null || this.#stopped) return;
    this.#committing = this.#commitWaiting().finally(() => {
      this.#committing = null;
      if (this.#waiting.length > 0 || this.#waitingRows.size > 0) this.#commit();
    });
  }

  async #commitWaiting(): Promise<void> {
    const timeline = this.#waiting;
    const rows = this.#waitingRows;
    const alerts = this.#waitingAlerts;
    const tells = this.#waitingTells;
    this.#waiting = [];
    this.#waitingRows = new Map();
    this.#waitingAlerts = new Set();
    this.#waitingTells = [];
    const outcome = await this.#options.journal.commit({ timeline, state: [...rows.values()] });
    if (outcome.type === 'failed') {
      this.#options.log.error('timeline and state could not be stored; trying again', { code: outcome.code, because: outcome.because });
      this.#waiting = [...timeline, ...this.#waiting];
      for (const [key, row] of rows) if (!this.#waitingRows.has(key)) this.#waitingRows.set(key, row);
      for (const id of alerts) this.#waitingAlerts.add(id);
      this.#waitingTells = [...tells, ...this.#waitingTells];
      this.#cancelRetry = this.#options.clock.after(RETRY_COMMIT, () => {
        this.#cancelRetry = null;
        this.#commit();
      });
      return;
    }
    for (const id of alerts) this.#options.show({ type: 'alert', id });
    for (const tell of tells) this.#options.tell(tell);
  }

  /** Shows who was heard, and stores what is only worth storing now and then. */
  #refresh(): void {
    for (const change of this.#touched.values()) this.#options.show(change);
    this.#touched = new Map();
    this.#save().catch((error: unknown) => { this.#options.log.error('periodic save failed', { because: String(error) }); });
    this.#cancelRefresh = this.#options.clock.after(REFRESH_EVERY, () => { this.#refresh(); });
  }

  async #save(): Promise<void> {
    const rows = [...this.#options.engine.takeDirtyRows(this.now()), ...this.#options.moreRows()];
    // Taken before the await: rows and position belong together.
    const enginePosition = this.#position;
    const timeline = this.#stopped ? this.#waiting.splice(0) : [];
    const waiting = this.#stopped ? [...this.#waitingRows.values()] : [];
    const outcome = await this.#options.journal.commit({ state: [...waiting, ...rows], timeline, ...(enginePosition > 0 ? { enginePosition } : {}) });
    if (outcome.type === 'failed') {
      // Rows that were not stored are offered again with the next save.
      for (const row of rows) if (!this.#waitingRows.has(row.key)) this.#waitingRows.set(row.key, row);
    }
  }
}

/** One line of log for a telling; the channels that reach people take the same Tell. */
export function describeTell({ alert, occasion }: Tell): { readonly message: string; readonly fields: Readonly<Record<string, string>> } {
  return { message: `${occasion}: ${alert.because.en}`, fields: { alert: alert.id, kind: alert.kind, severity: alert.severity, subject: alert.subject.id } };
}
