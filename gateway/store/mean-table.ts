/** Five-minute sums of points whose retention is over, so that a season can still be seen. A point is either here or in the point table, never in both. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';

export const MEAN_SCHEMA = 'CREATE TABLE mean(series INTEGER NOT NULL, at INTEGER NOT NULL, total REAL NOT NULL, count INTEGER NOT NULL, PRIMARY KEY(series, at)) WITHOUT ROWID';
export const MEAN_MS = 300_000;
export const meanStart = (at: number): number => at - (at % MEAN_MS);

export interface Mean {
  readonly at: number;
  readonly total: number;
  readonly count: number;
}

export class MeanTable {
  readonly #fold: StatementSync;
  readonly #end: StatementSync;
  readonly #read: StatementSync;
  readonly #delete: StatementSync;
  readonly #any: StatementSync;

  constructor(database: DatabaseSync) {
    this.#fold = database.prepare(`INSERT INTO mean SELECT series, at - at % ${MEAN_MS}, sum(value), count(*) FROM point
      WHERE series = ?1 AND at < ?2 AND suspect IS NULL GROUP BY at - at % ${MEAN_MS} ON CONFLICT(series, at) DO UPDATE SET total = total + excluded.total, count = count + excluded.count`);
    this.#end = database.prepare('SELECT at FROM mean WHERE series = ? ORDER BY at DESC LIMIT 1');
    this.#read = database.prepare('SELECT at, total, count FROM mean WHERE series = ? AND at >= ? AND at < ? ORDER BY at LIMIT ?');
    this.#delete = database.prepare('DELETE FROM mean WHERE series = ? AND at < ?');
    this.#any = database.prepare('SELECT 1 FROM mean WHERE series = ? LIMIT 1');
  }

  /** Takes over every point of the series before `before`, which is the begin of five minutes; the caller deletes them in the same transaction. */
  fold(series: number, before: number): void { this.#fold.run(series, before); }
  /** Where the points begin: everything before is here. */
  end(series: number): number {
    const last = this.#end.get(series)?.['at'];
    return last == null ? Number.NEGATIVE_INFINITY : Number(last) + MEAN_MS;
  }
  read(series: number, from: number, to: number, limit: number): readonly Mean[] {
    return this.#read.all(series, from, to, limit).map((row) => ({ at: Number(row['at']), total: Number(row['total']), count: Number(row['count']) }));
  }
  deleteBefore(series: number, before: number): void { this.#delete.run(series, before); }
  isEmpty(series: number): boolean { return this.#any.get(series) === undefined; }
}
