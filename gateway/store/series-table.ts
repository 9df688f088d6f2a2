/** Which number stands for which metric of which device or link, so that a point needs no names. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { SubjectType } from './record-points.ts';

export const SERIES_SCHEMA = `
  CREATE TABLE series(id INTEGER PRIMARY KEY AUTOINCREMENT, subject_type TEXT NOT NULL, subject TEXT NOT NULL, metric TEXT NOT NULL, UNIQUE(subject_type, subject, metric))`;

export interface Series {
  readonly id: number;
  /** Every ms from `runStart` to before `runEnd` is taken. */
  runStart: number;
  runEnd: number;
}

/** Series that are remembered; about 200 bytes each. Beyond it all are forgotten and read again as they come. */
const MAX_REMEMBERED = 100_000;

export class SeriesTable {
  readonly #find: StatementSync;
  readonly #insert: StatementSync;
  readonly #drop: StatementSync;
  readonly #metrics: StatementSync;
  readonly #after: StatementSync;
  #bySubject: Map<string, Map<string, Series>> = new Map();
  #remembered = 0;

  constructor(database: DatabaseSync) {
    this.#find = database.prepare('SELECT id FROM series WHERE subject_type = ? AND subject = ? AND metric = ?');
    this.#insert = database.prepare('INSERT INTO series(subject_type, subject, metric) VALUES (?, ?, ?)');
    this.#drop = database.prepare('DELETE FROM series WHERE id = ?');
    this.#metrics = database.prepare('SELECT metric FROM series WHERE subject_type = ? AND subject = ? ORDER BY metric');
    this.#after = database.prepare('SELECT id FROM series WHERE id > ? ORDER BY id LIMIT ?');
  }

  /** The remembered series of one subject, by metric; `of` fills it. */
  remembered(type: SubjectType, subject: string): Map<string, Series> {
    if (this.#remembered > MAX_REMEMBERED) this.forget();
    const key = `${type}/${subject}`;
    let found = this.#bySubject.get(key);
    if (found === undefined) this.#bySubject.set(key, found = new Map());
    return found;
  }

  /** Finds the series or makes it. */
  of(type: SubjectType, subject: string, metric: string): Series {
    const known = this.remembered(type, subject);
    let series = known.get(metric);
    if (series === undefined) {
      const id = this.find(type, subject, metric) ?? Number(this.#insert.run(type, subject, metric).lastInsertRowid);
      series = { id, runStart: Number.POSITIVE_INFINITY, runEnd: 0 };
      known.set(metric, series);
      this.#remembered += 1;
    }
    return series;
  }

  find(type: SubjectType, subject: string, metric: string): number | null {
    const row = this.#find.get(type, subject, metric);
    return row === undefined ? null : Number(row['id']);
  }

  metrics(type: SubjectType, subject: string): string[] {
    return this.#metrics.all(type, subject).map((row) => String(row['metric']));
  }

  /** Ids after `id`, ascending. */
  after(id: number, limit: number): number[] {
    return this.#after.all(id, limit).map((row) => Number(row['id']));
  }

  /** For a series without any point. Ids are never used again, so that a query that runs in slices cannot slip into another series. */
  drop(id: number): void {
    this.#drop.run(id);
    this.forget();
  }

  /** What is remembered may come from a transaction that was rolled back. */
  forget(): void {
    this.#bySubject = new Map();
    this.#remembered = 0;
  }
}
