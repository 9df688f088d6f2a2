/** Reads where the points are: the last hours in the embedded history, which is always there, everything older in InfluxDB. */
import type { Clock } from '../model/ports/clock.ts';
import type { HistoryQuery, HistorySeries, HistoryStatus, HistoryStore } from '../model/ports/history-store.ts';
import { wallTime, type Millis } from '../model/time.ts';

type Readable = Pick<HistoryStore, 'query' | 'metrics' | 'status'>;

export class TwoHistories implements Readable {
  readonly #near: Readable;
  readonly #far: Readable;
  readonly #nearReach: Millis;
  readonly #clock: Clock;

  /** `near` holds the last `nearReach`. */
  constructor(near: Readable, far: Readable, nearReach: Millis, clock: Clock) {
    this.#near = near;
    this.#far = far;
    this.#nearReach = nearReach;
    this.#clock = clock;
  }

  /** Rejects where what is asked for lies in InfluxDB and that does not answer. */
  async query(query: HistoryQuery): Promise<HistorySeries> {
    const border = wallTime(this.#clock.now().wall - this.#nearReach);
    if (query.from >= border) return this.#near.query(query);
    const old = await this.#far.query({ ...query, to: wallTime(Math.min(query.to, border)) });
    if (query.to <= border || old.truncated) return old;
    const rest = query.limit - old.points.length;
    if (rest === 0) return { ...old, truncated: true };
    const recent = await this.#near.query({ ...query, from: border, limit: rest });
    return { points: [...old.points, ...recent.points], truncated: recent.truncated };
  }

  async metrics(subject: HistoryQuery['subject']): Promise<readonly string[]> {
    const [near, far] = await Promise.all([this.#near.metrics(subject), this.#far.metrics(subject).catch(() => [])]);
    return [...new Set([...near, ...far])].toSorted();
  }

  status(): Promise<HistoryStatus> { return this.#near.status(); }
}
