/**
 * The embedded history as the rest of the gateway holds it: `history.db` in a worker thread of its own. Open it while the journal of the same
 * folder is open, and close it first: the journal holds the folder's lock.
 */
import { join } from 'node:path';
import type { Clock } from '../model/ports/clock.ts';
import type { HistoryQuery, HistorySeries, HistoryStatus, HistoryStore, WriteOutcome } from '../model/ports/history-store.ts';
import type { SpoolGroup } from '../model/ports/journal.ts';
import type { Log } from '../model/ports/log.ts';
import { seconds, wallTime, type Millis, type WallTime } from '../model/time.ts';
import type { HistoryCalls, HistoryWorkerData } from './history-calls.ts';
import { WorkerGone, WorkerLine } from './worker-line.ts';

/** How far the durable position may lag behind while points come in. */
const SETTLE_EVERY: Millis = seconds(5);

export interface EmbeddedHistoryOptions {
  /** An existing folder, locked by the journal. */
  readonly dataDir: string;
  /** Points older than this are folded into averages. */
  readonly retention: Millis;
  /** How long five-minute averages are kept of what is older than the retention. */
  readonly averages: Millis;
  readonly clock: Clock;
  readonly log: Log;
  /** Called with one sentence where the file was damaged and what could be read was saved. */
  readonly salvaged: (sentence: string) => void;
}

/** Opens or creates `history.db`. Rejects with one sentence that names the file and what to do where it cannot be used. */
export async function openEmbeddedHistory(options: EmbeddedHistoryOptions): Promise<HistoryStore> {
  const workerData: HistoryWorkerData = { path: join(options.dataDir, 'history.db'), stamp: String(options.clock.now().wall) };
  const line = new WorkerLine<HistoryCalls>(new URL('./history-worker.ts', import.meta.url), 'history', workerData, options.log);
  const answer = await line.ask('open', null);
  if (answer.type === 'opened') {
    if (answer.salvaged !== null) options.salvaged(answer.salvaged);
    return new EmbeddedHistory(line, options);
  }
  await line.close('close', null);
  throw new Error(answer.because);
}

class EmbeddedHistory implements HistoryStore {
  readonly #line: WorkerLine<HistoryCalls>;
  readonly #options: EmbeddedHistoryOptions;
  #cancelSettle: (() => void) | null = null;
  #closed: Promise<void> | null = null;

  constructor(line: WorkerLine<HistoryCalls>, options: EmbeddedHistoryOptions) {
    this.#line = line;
    this.#options = options;
  }

  async position(): Promise<number> {
    return (await this.status()).position;
  }

  /** The groups are copied to the worker; the caller may offer them again. */
  async write(groups: readonly SpoolGroup[]): Promise<WriteOutcome> {
    try {
      const outcome = await this.#line.ask('write', groups);
      this.#settleLater();
      return outcome;
    } catch (error) {
      if (error instanceof WorkerGone) return { type: 'unavailable', because: error.message };
      throw error;
    }
  }

  query(query: HistoryQuery): Promise<HistorySeries> {
    const kept = this.#options.clock.now().wall - Math.max(this.#options.retention, this.#options.averages);
    return this.#line.ask('query', query.from >= kept ? query : { ...query, from: wallTime(kept) });
  }

  metrics(subject: HistoryQuery['subject']): Promise<readonly string[]> {
    return this.#line.ask('metrics', subject);
  }

  prune(before: WallTime): Promise<number> {
    return this.#line.ask('prune', { before, meansBefore: this.#options.clock.now().wall - Math.max(this.#options.retention, this.#options.averages) });
  }

  status(): Promise<HistoryStatus> {
    return this.#line.ask('status', null);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#cancelSettle?.();
    this.#closed ??= this.#line.close('close', null);
    return this.#closed;
  }

  /** One timer from the first write on until the next sync; none while nothing comes in. */
  #settleLater(): void {
    if (this.#cancelSettle !== null || this.#closed !== null) return;
    this.#cancelSettle = this.#options.clock.after(SETTLE_EVERY, () => {
      this.#cancelSettle = null;
      this.#line.ask('settle', null).catch((error: unknown) => {
        if (!(error instanceof WorkerGone)) this.#options.log.error('the history could not be synced', { because: String(error) });
      });
    });
  }
}
