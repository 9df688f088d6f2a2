/** The points, ordered by series and time. One value per series and ms: a second one moves to the next free ms. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { HistorySeries } from '../model/ports/history-store.ts';
import { wallTime, type WallTime } from '../model/time.ts';
import { MEAN_MS, meanStart } from './mean-table.ts';
import type { Series } from './series-table.ts';

export const POINT_SCHEMA = `
  CREATE TABLE point(series INTEGER NOT NULL, at INTEGER NOT NULL, value REAL NOT NULL, received_ms INTEGER, suspect INTEGER, PRIMARY KEY(series, at)) WITHOUT ROWID`;

/** Rows that a query reads between two looks at what else waits: about 5 ms. */
const SLICE_ROWS = 10_000;
const DELETE_ROWS = 5_000;
/** Doubles that are looked for one by one before the end of their run is searched. */
const PROBES = 16;

export interface PointRange {
  readonly series: number;
  /** Inclusive. */
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  readonly limit: number;
}

export class PointTable {
  readonly #insert: StatementSync;
  readonly #endOfRun: StatementSync;
  readonly #raw: StatementSync;
  readonly #buckets: StatementSync;
  readonly #delete: StatementSync;
  readonly #first: StatementSync;
  readonly #last: StatementSync;
  readonly #oldest: StatementSync;

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare('INSERT OR IGNORE INTO point VALUES (?, ?, ?, ?, ?)');
    this.#endOfRun = database.prepare(`SELECT at FROM point AS p WHERE series = ?1 AND at >= ?2
      AND NOT EXISTS (SELECT 1 FROM point WHERE series = ?1 AND at = p.at + 1) ORDER BY at LIMIT 1`);
    this.#raw = database.prepare('SELECT at, value FROM point WHERE series = ? AND at >= ? AND at < ? ORDER BY at LIMIT ?');
    this.#buckets = database.prepare(`SELECT at - at % ?5 AS bucket, sum(value) FILTER (WHERE suspect IS NULL) AS total, count(*) FILTER (WHERE suspect IS NULL) AS count,
      count(*) AS rows, max(at) AS last FROM (SELECT at, value, suspect FROM point WHERE series = ?1 AND at >= ?2 AND at < ?3 ORDER BY at LIMIT ?4) GROUP BY bucket ORDER BY bucket`);
    this.#delete = database.prepare('DELETE FROM point WHERE series = ? AND at < ?');
    this.#last = database.prepare(`SELECT at FROM point WHERE series = ? ORDER BY at LIMIT 1 OFFSET ${DELETE_ROWS - 1}`);
    this.#first = database.prepare('SELECT at FROM point WHERE series = ? ORDER BY at LIMIT 1');
    this.#oldest = database.prepare('SELECT min((SELECT min(at) FROM point WHERE series = series.id)) AS at FROM series');
  }

  /** Returns the ms that the value got: `at`, or the next free one. */
  insert(series: Series, at: number, value: number, receivedAt: number | null, suspect: boolean): number {
    const mark = suspect ? 1 : null;
    // Within the run that is known to be full nothing needs to be tried: a device that sends a thousand a second would be searched for ever.
    let next = at >= series.runStart && at < series.runEnd ? series.runEnd : at;
    for (let probe = 1; this.#insert.run(series.id, next, value, receivedAt, mark).changes === 0; probe += 1) {
      next = probe < PROBES ? next + 1 : Number(this.#endOfRun.get(series.id, next)?.['at']) + 1;
    }
    // Everything from `at` to `next` is taken now.
    if (at > series.runEnd || at < series.runStart) series.runStart = at;
    series.runEnd = next + 1;
    return next;
  }

  /** Raw points, oldest first; yields between slices. */
  *raw({ series, from, to, limit }: PointRange): Generator<undefined, HistorySeries> {
    const points: [WallTime, number][] = [];
    let start = from;
    for (;;) {
      const wanted = Math.min(SLICE_ROWS, limit + 1 - points.length);
      const rows = this.#raw.all(series, start, to, wanted);
      for (const row of rows) points.push([wallTime(Number(row['at'])), Number(row['value'])]);
      const truncated = points.length > limit;
      if (truncated) points.pop();
      if (truncated || rows.length < wanted) return { points, truncated };
      start = Number(rows.at(-1)?.['at']) + 1;
      yield undefined;
    }
  }

  /**
   * Averages of the points in [k x step, (k + 1) x step), each under the start of its step. Suspect values are in no average, and a step
   * with no other value has none. Yields between slices.
   */
  *averages({ series, from, to, limit }: PointRange, step: number): Generator<undefined, HistorySeries> {
    const points: [WallTime, number][] = [];
    let start = from;
    let open = { bucket: Number.NaN, total: 0, count: 0 };
    const finish = (): void => {
      if (open.count > 0) points.push([wallTime(open.bucket), open.total / open.count]);
    };
    for (;;) {
      let read = 0;
      for (const row of this.#buckets.all(series, start, to, SLICE_ROWS, step)) {
        const bucket = Number(row['bucket']);
        if (bucket !== open.bucket) {
          finish();
          if (points.length > limit) return { points: points.slice(0, limit), truncated: true };
          open = { bucket, total: 0, count: 0 };
        }
        open.total += Number(row['total'] ?? 0);
        open.count += Number(row['count']);
        read += Number(row['rows']);
        start = Number(row['last']) + 1;
      }
      if (read < SLICE_ROWS) {
        finish();
        return { points: points.slice(0, limit), truncated: points.length > limit };
      }
      yield undefined;
    }
  }

  /** Up to where about 5,000 of the oldest points before `before` reach, in whole five minutes; null where there are none. */
  firstPart(series: number, before: number): { readonly end: number; readonly more: boolean } | null {
    const first = this.#first.get(series)?.['at'];
    if (first == null || Number(first) >= before) return null;
    const last = this.#last.get(series)?.['at'];
    const end = last == null ? before : Math.min(before, Math.max(meanStart(Number(last)), meanStart(Number(first)) + MEAN_MS));
    return { end, more: end < before };
  }
  /** Deletes every point before `end`; returns how many. */
  deleteBefore(series: number, end: number): number { return Number(this.#delete.run(series, end).changes); }
  isEmpty(series: number): boolean { return this.#first.get(series) === undefined; }

  /** The time of the oldest point of all, or null. One seek per series. */
  oldest(): number | null {
    const at = this.#oldest.get()?.['at'];
    return at == null ? null : Number(at);
  }
}
