/**
 * Moves what the embedded history holds from before InfluxDB was there into it: once, at an operator's word, in the background. Writing a point twice
 * overwrites it, so that a replay that was broken off is simply begun again.
 */
import type { Clock } from '../model/ports/clock.ts';
import type { HistoryQuery, HistoryStore, WriteOutcome } from '../model/ports/history-store.ts';
import type { Log } from '../model/ports/log.ts';
import { seconds, wallTime, type Millis, type WallTime } from '../model/time.ts';
import { encodeLine, seriesKey } from './line-encoder.ts';
import type { Line, SubjectFacts } from './record-lines.ts';
import { placeOf } from './schema.ts';

const PAGE_POINTS = 5_000;
const RETRY: Millis = seconds(5);
/** Of the embedded history's own; InfluxDB has them as states. */
const OWN_METRICS = new Set(['heartbeat', 'online']);

export interface ReplayStatus {
  readonly running: boolean;
  readonly subjectsDone: number;
  readonly subjects: number;
  readonly points: number;
  /** What it waits for; null while it gets on. */
  readonly waitsFor: string | null;
}
export interface HistoryReplayOptions {
  readonly from: Pick<HistoryStore, 'query' | 'metrics'>;
  readonly write: (lines: readonly Line[]) => Promise<WriteOutcome>;
  readonly facts: SubjectFacts;
  readonly clock: Clock;
  readonly log: Log;
}

export class HistoryReplay implements AsyncDisposable {
  readonly #options: HistoryReplayOptions;
  #status: ReplayStatus = { running: false, subjectsDone: 0, subjects: 0, points: 0, waitsFor: null };
  #running: Promise<void> = Promise.resolve();
  #stop = new AbortController();

  constructor(options: HistoryReplayOptions) {
    this.#options = options;
  }

  get status(): ReplayStatus { return this.#status; }

  /** Everything of `subjects` before `until`. False where one runs already. */
  start(subjects: readonly HistoryQuery['subject'][], until: WallTime): boolean {
    if (this.#status.running) return false;
    this.#status = { running: true, subjectsDone: 0, subjects: subjects.length, points: 0, waitsFor: null };
    this.#running = this.#run(subjects, until)
      .catch((error: unknown) => { this.#options.log.error('the replay into InfluxDB ended', { because: String(error) }); })
      .finally(() => { this.#status = { ...this.#status, running: false }; });
    return true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(subjects: readonly HistoryQuery['subject'][], until: WallTime): Promise<void> {
    for (const subject of subjects) {
      for (const metric of await this.#options.from.metrics(subject)) if (!OWN_METRICS.has(metric)) await this.#metric(subject, metric, until);
      if (this.#stop.signal.aborted) return;
      this.#status = { ...this.#status, subjectsDone: this.#status.subjectsDone + 1 };
    }
    this.#options.log.info('the replay into InfluxDB is done', { points: this.#status.points });
  }

  async #metric(subject: HistoryQuery['subject'], metric: string, until: WallTime): Promise<void> {
    for (let from = wallTime(0); !this.#stop.signal.aborted;) {
      const { points } = await this.#options.from.query({ subject, metric, from, to: until, step: null, limit: PAGE_POINTS });
      const last = points.at(-1);
      if (last === undefined) return;
      await this.#write(points.flatMap(([at, value]) => this.#line(subject, metric, at, value)));
      from = wallTime(last[0] + 1);
    }
  }

  async #write(lines: readonly Line[]): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const outcome = await this.#options.write(lines);
      if (outcome.type === 'written') {
        this.#status = { ...this.#status, points: this.#status.points + lines.length, waitsFor: null };
        return;
      }
      this.#status = { ...this.#status, waitsFor: outcome.because };
      await new Promise<void>((resolve) => {
        const cancel = this.#options.clock.after(RETRY, resolve);
        this.#stop.signal.addEventListener('abort', () => { cancel(); resolve(); }, { once: true });
      });
    }
  }

  #line(subject: HistoryQuery['subject'], metric: string, at: WallTime, value: number): Line[] {
    const device = subject.type === 'device' ? this.#options.facts.device(subject.id) : undefined;
    const link = subject.type === 'link' ? this.#options.facts.link(subject.id) : undefined;
    const { measurement, field } = placeOf(subject.type === 'link' ? 'link' : device?.kind ?? 'other', metric);
    const tags = subject.type === 'link' ? { link: subject.id, site: link?.site, carrier: link?.carrier, bearer: link?.bearer } : { device: subject.id, site: device?.site, model: device?.model, asset: device?.model };
    const text = encodeLine(measurement, seriesKey(measurement, measurement === 'device_metric' ? { ...tags, metric } : tags), { [field]: value }, at);
    return text === null ? [] : [{ text, retention: 'raw' }];
  }
}
