/** Moves what was accepted from the spool into the history, at the history's own pace. A slow or failing history delays nothing else. */
import type { Clock } from '../model/ports/clock.ts';
import type { HistoryStore } from '../model/ports/history-store.ts';
import type { Journal } from '../model/ports/journal.ts';
import type { Log } from '../model/ports/log.ts';
import { millis, minutes, seconds, wallTime, type Millis } from '../model/time.ts';

const BATCH_BYTES = 1_000_000;
/** While the door is busy, it rests for so many times as long as its last batch took. */
const REST_FACTOR = 4;
const IDLE: Millis = seconds(1);
const FIRST_RETRY: Millis = seconds(1);
const LONGEST_RETRY: Millis = seconds(30);
const PRUNE_EVERY: Millis = minutes(10);

export interface DrainOptions {
  readonly journal: Pick<Journal, 'readSpool' | 'release' | 'status'>;
  readonly history: HistoryStore;
  readonly retention: Millis;
  /** True while many wait at the door: acknowledgements go before charts. */
  readonly busy: () => boolean;
  /** From this many bytes in the spool on the drain gives way no more. */
  readonly backlogBytes: number;
  readonly clock: Clock;
  readonly log: Log;
}

export class Drain {
  readonly #options: DrainOptions;
  #next = 1;
  #failing = false;
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
    const { journal, history, clock, log } = this.#options;
    let retry = FIRST_RETRY;
    while (!this.#stop.signal.aborted) {
      const groups = await journal.readSpool(this.#next, BATCH_BYTES);
      const last = groups.at(-1);
      if (last === undefined) {
        await this.#sleep(IDLE);
        continue;
      }
      const end = last.first + last.count;
      const began = clock.now().mono;
      const outcome = await history.write(groups);
      if (outcome.type === 'written') {
        if (this.#failing) log.info('the history takes points again');
        this.#failing = false;
        retry = FIRST_RETRY;
        this.#next = end;
        await journal.release((await history.status()).durablePosition);
        if (this.#options.busy() && (await journal.status()).spoolBytes < this.#options.backlogBytes) await this.#sleep(millis((clock.now().mono - began) * REST_FACTOR));
      } else {
        if (!this.#failing) log.error('the history takes no points; they wait in the spool', { because: outcome.because });
        this.#failing = true;
        await this.#sleep(retry);
        retry = Math.min(retry * 2, LONGEST_RETRY) as Millis;
      }
    }
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
