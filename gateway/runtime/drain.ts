/** Moves what was accepted from the spool into the history, at the history's own pace. A slow or failing history delays nothing else. */
import type { Clock } from '../model/ports/clock.ts';
import type { HistoryStore } from '../model/ports/history-store.ts';
import type { Journal } from '../model/ports/journal.ts';
import type { Log } from '../model/ports/log.ts';
import { millis, minutes, seconds, wallTime, type Millis, type MonoTime } from '../model/time.ts';

const BATCH_BYTES = 1_000_000;
/** While the door is busy, it rests for so many times as long as its last batch took. */
const REST_FACTOR = 4;
const IDLE: Millis = seconds(1);
const FIRST_RETRY: Millis = seconds(1);
const LONGEST_RETRY: Millis = seconds(30);
const PRUNE_EVERY: Millis = minutes(10);
/** A history that starts anew is no trouble yet; its points wait in the spool. */
const TROUBLE_AFTER: Millis = minutes(1);
const MISCONFIGURED_RETRY: Millis = seconds(30);

export interface DrainOptions {
  readonly journal: Pick<Journal, 'readSpool' | 'status'>;
  readonly history: HistoryStore;
  /** In the log: which of the histories. */
  readonly name: string;
  /** The history holds everything up to here, durably. */
  readonly reached: (position: number) => Promise<void>;
  /** Called when the history has not taken points for a while, or will not without help; and with null when it does again. */
  readonly trouble: (because: string | null) => void;
  readonly retention: Millis;
  /** True while many wait at the door: acknowledgements go before charts. */
  readonly busy: () => boolean;
  /** From this many bytes in the spool on the drain gives way no more. */
  readonly backlogBytes: number;
  readonly clock: Clock;
  readonly log: Log;
  /** A number from 0 to 1, for jitter. */
  readonly chance: () => number;
}

export class Drain {
  readonly #options: DrainOptions;
  #next = 1;
  #failing = false;
  /** Also before the first write: an earlier run may have left the trouble open. */
  #troubled = true;
  #said = false;
  #failingSince: MonoTime | null = null;
  #running: Promise<void> | null = null;
  #stop = new AbortController();
  #wake: (() => void) | null = null;

  constructor(options: DrainOptions) {
    this.#options = options;
  }

  /** True while the history does not take what it is given. */
  get failing(): boolean { return this.#failing; }

  async start(): Promise<void> {
    this.#next = await this.#options.history.position() + 1;
    this.#running = Promise.all([this.#drain(), this.#prune()]).then(() => undefined);
  }

  /** Something was committed; look now instead of at the next round. */
  nudge(): void {
    this.#wake?.();
  }

  /** Ends after the batch in hand; the rest stays in the spool. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#wake?.();
    await this.#running;
  }

  async #drain(): Promise<void> {
    const { journal, history, clock } = this.#options;
    let retry = FIRST_RETRY;
    while (!this.#stop.signal.aborted) {
      const groups = await journal.readSpool(this.#next, BATCH_BYTES);
      if (groups.length === 0) {
        await this.#sleep(IDLE);
        continue;
      }
      const began = clock.now().mono;
      const outcome = await history.write(groups);
      if (outcome.type === 'written') {
        this.#recovered();
        retry = FIRST_RETRY;
        // Not the end of what was offered: a store that tries an earlier batch again, with the same bytes, has taken no more than that.
        this.#next = outcome.position + 1;
        await this.#options.reached((await history.status()).durablePosition);
        if (this.#options.busy() && (await journal.status()).spoolBytes < this.#options.backlogBytes) await this.#sleep(millis((clock.now().mono - began) * REST_FACTOR));
      } else {
        this.#failed(outcome.because, outcome.misconfigured === true);
        // Not all at once, where many gateways wait for one server.
        const pause = outcome.misconfigured === true ? MISCONFIGURED_RETRY : outcome.retryAfterMs ?? retry * (0.75 + this.#options.chance() / 2);
        await this.#sleep(millis(Math.min(pause, LONGEST_RETRY)));
        retry = Math.min(retry * 2, LONGEST_RETRY) as Millis;
      }
    }
  }

  #failed(because: string, misconfigured: boolean): void {
    const { name, log, clock, trouble } = this.#options;
    const now = clock.now().mono;
    if (!this.#failing) log.error('a history takes no points; they wait in the spool', { history: name, because });
    this.#failing = true;
    this.#failingSince ??= now;
    if (!this.#said && (misconfigured || now - this.#failingSince >= TROUBLE_AFTER)) {
      this.#said = true;
      this.#troubled = true;
      trouble(because);
    }
  }
  #recovered(): void {
    const { name, log, trouble } = this.#options;
    if (this.#failing) log.info('a history takes points again', { history: name });
    if (this.#troubled) trouble(null);
    this.#failing = false;
    this.#troubled = false;
    this.#said = false;
    this.#failingSince = null;
  }

  async #prune(): Promise<void> {
    const { history, retention, clock, log } = this.#options;
    while (!this.#stop.signal.aborted) {
      const removed = await history.prune(wallTime(clock.now().wall - retention)).catch((error: unknown) => {
        log.error('old points could not be removed', { because: String(error) });
        return 0;
      });
      if (removed > 0) log.info('removed points beyond the retention', { points: removed });
      await this.#sleep(PRUNE_EVERY);
    }
  }

  #sleep(delay: Millis): Promise<void> {
    if (this.#stop.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        this.#stop.signal.removeEventListener('abort', done);
        resolve();
      };
      const cancel = this.#options.clock.after(delay, done);
      this.#stop.signal.addEventListener('abort', done);
      if (delay === IDLE) this.#wake = done;
    });
  }
}
