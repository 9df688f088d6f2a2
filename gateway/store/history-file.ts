/**
 * The embedded history's file and its one connection. The spool position is stored in the transaction of the points it stands for. Commits are
 * not synced (synchronous=NORMAL): a power cut may take the newest ones together with their position, and the drain reads them again from the
 * spool, which is why the spool may only be released up to `durablePosition`. Long work is done in slices, as generators that yield between them.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { HistoryQuery, HistorySeries, HistoryStatus, WriteOutcome } from '../model/ports/history-store.ts';
import type { SpoolGroup } from '../model/ports/journal.ts';
import { decodeRecords, type SpoolRecord } from '../model/spool-record.ts';
import { wallTime } from '../model/time.ts';
import { MEAN_SCHEMA, MeanTable, meanStart, type Mean } from './mean-table.ts';
import { POINT_SCHEMA, PointTable } from './point-table.ts';
import { pointsOf } from './record-points.ts';
import { salvageFile, salvageText, type SalvagedTable } from './salvage.ts';
import { SERIES_SCHEMA, SeriesTable } from './series-table.ts';
import { checkpoint, closeQuietly, closeSqliteFile, isStorageFault, openSqliteFile, sqliteFault } from './sqlite-file.ts';

const SCHEMA = `${SERIES_SCHEMA}; ${POINT_SCHEMA}; ${MEAN_SCHEMA};
  CREATE TABLE totals(position INTEGER NOT NULL, points INTEGER NOT NULL, heartbeats INTEGER NOT NULL); INSERT INTO totals VALUES (0, 0, 0)`;
const VERSION = 2;
const PAGE_SIZE = 4_096;
/** 16 MB: where SQLite checkpoints by itself. */
const WAL_PAGES = 4_096;
const CACHE_KIB = 65_536;
/** What one slice may hold the thread with: points written or removed, about 10 ms (6 to 10 µs a point, measured on two shared cores; removing costs a fifth). */
const WRITE_SLICE = 1_000;
const PRUNE_SLICE = 5_000;
/** Groups after which the durable position is brought forward without being asked. */
const SETTLE_GROUPS = 1_000;
const SERIES_AT_ONCE = 256;

interface Totals {
  position: number;
  points: number;
  heartbeats: number;
}
interface Tables {
  readonly series: SeriesTable;
  readonly points: PointTable;
  readonly means: MeanTable;
  readonly putTotals: StatementSync;
}
/** Where a prune stands: the series that it has finished. */
export interface PruneStep {
  readonly removed: number;
  readonly doneSeries: number;
  readonly finished: boolean;
}
export type Warn = (message: string, fields: Readonly<Record<string, string | number>>) => void;

export class HistoryFile {
  readonly #path: string;
  readonly #warn: Warn;
  #database: DatabaseSync;
  #tables: Tables;
  #totals: Totals;
  #durable = 0;
  #unsettledGroups = 0;
  /** Undefined: to be looked up again. */
  #oldest: number | null | undefined = undefined;
  #broken = false;

  /** Throws UnusableFile, or what SQLite said. */
  constructor(path: string, stamp: string, warn: Warn, salvaged: (sentence: string) => void = () => undefined) {
    this.#path = path;
    this.#warn = warn;
    this.#database = openOrSalvage(path, stamp, () => { warn('the history was not closed cleanly; checking it', { file: path }); }, salvaged);
    this.#tables = tablesOf(this.#database);
    this.#totals = readTotals(this.#database);
    // What is read back after a kill may stand in the system's cache alone.
    this.settle();
  }

  get position(): number { return this.#totals.position; }

  /** Stores whole groups in one transaction; records at or before the position were stored already. Run to its end before other writes begin. */
  *write(groups: readonly SpoolGroup[]): Generator<undefined, WriteOutcome> {
    try {
      this.#reopenIfBroken();
      const draft = { ...this.#totals };
      const before = draft.points;
      let oldest = this.#oldest;
      let sliceEnd = before + WRITE_SLICE;
      this.#database.exec('BEGIN IMMEDIATE');
      for (const group of groups) {
        const end = group.first + group.count - 1;
        if (end <= draft.position) continue;
        if (group.first > draft.position + 1) this.#warn('records before this one never reached the history', { from: draft.position + 1, to: group.first - 1 });
        const records = this.#decode(group);
        for (let index = Math.max(0, draft.position + 1 - group.first); index < records.length; index += 1) {
          const earliest = this.#store(records[index] as SpoolRecord, draft);
          if (oldest !== undefined && (oldest === null || earliest < oldest)) oldest = earliest;
          if (draft.points < sliceEnd) continue;
          yield undefined;
          sliceEnd = draft.points + WRITE_SLICE;
        }
        draft.position = end;
      }
      this.#commit(draft);
      this.#oldest = oldest;
      this.#unsettledGroups += groups.length;
      if (this.#unsettledGroups >= SETTLE_GROUPS) this.settle();
      return { type: 'written', position: draft.position, points: draft.points - before };
    } catch (error) {
      this.#undo(error);
      return { type: 'unavailable', because: `history: ${sqliteFault(error)?.because ?? String(error)}` };
    }
  }

  /** Everything that is committed comes onto the disk. A fault only leaves the durable position where it is. */
  settle(): void {
    if (this.#durable === this.#totals.position || this.#broken) return;
    try {
      if (!checkpoint(this.#database, 'PASSIVE')) return;
      this.#durable = this.#totals.position;
      this.#unsettledGroups = 0;
    } catch (error) {
      this.#undo(error);
      this.#warn('the history could not be synced', { because: String(error) });
    }
  }

  query({ subject, metric, from, to, step, limit }: HistoryQuery): Generator<undefined, HistorySeries> {
    const series = this.#tables.series.find(subject.type, subject.id, metric) ?? -1;
    const { means, points } = this.#tables;
    const border = means.end(series);
    const recent = { series, from: Math.max(from, border), to, limit };
    const own = step === null ? points.raw(recent) : points.averages(recent, step);
    return from >= border ? own : afterMeans(means.read(series, meanStart(from), Math.min(to, border), limit + 1), own, step, limit);
  }

  metrics({ type, id }: HistoryQuery['subject']): readonly string[] {
    return this.#tables.series.metrics(type, id);
  }

  /**
   * One slice of folding points before `before` into five-minute sums, and of deleting sums before `meansBefore`, in the series after `doneSeries`.
   * A series that is left without either goes as well.
   */
  pruneSlice(before: number, meansBefore: number, doneSeries: number): PruneStep {
    this.#reopenIfBroken();
    const { series, points, means } = this.#tables;
    const end = meanStart(before);
    const draft = { ...this.#totals };
    let done = doneSeries;
    let finished = false;
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      const ids = series.after(done, SERIES_AT_ONCE);
      finished = ids.length === 0;
      for (const id of ids) {
        const part = points.firstPart(id, end);
        if (part !== null) {
          means.fold(id, part.end);
          draft.points -= points.deleteBefore(id, part.end);
        }
        means.deleteBefore(id, meansBefore);
        const more = part?.more === true;
        if (!more && points.isEmpty(id) && means.isEmpty(id)) series.drop(id);
        if (!more) done = id;
        if (more || this.#totals.points - draft.points >= PRUNE_SLICE) break;
      }
      const removed = this.#totals.points - draft.points;
      this.#commit(draft);
      if (removed > 0) this.#oldest = undefined;
      return { removed, doneSeries: done, finished };
    } catch (error) {
      this.#undo(error);
      throw error;
    }
  }

  status(): HistoryStatus {
    if (this.#oldest === undefined) this.#oldest = this.#tables.points.oldest();
    const { position, points, heartbeats } = this.#totals;
    return { position, durablePosition: this.#durable, points, heartbeats, oldest: this.#oldest === null ? null : wallTime(this.#oldest) };
  }

  close(): void {
    if (this.#broken) closeQuietly(this.#database);
    else closeSqliteFile(this.#database);
  }

  /** A group that cannot be read whole must not hold up what follows: what can be read is stored, the rest is named in the log. */
  #decode(group: SpoolGroup): SpoolRecord[] {
    const records: SpoolRecord[] = [];
    let because = 'fewer records than were counted';
    try {
      for (const record of decodeRecords(group.bytes)) records.push(record);
    } catch (error) {
      because = (error as Error).message;
    }
    if (records.length < group.count) {
      this.#warn('records of the spool are damaged and missing from the history', { from: group.first + records.length, to: group.first + group.count - 1, because });
    }
    return records.slice(0, group.count);
  }

  /** Returns the earliest time that it stored. */
  #store(record: SpoolRecord, draft: Totals): number {
    const { subject, id, heartbeat, points } = pointsOf(record);
    const { series, points: table } = this.#tables;
    const known = series.remembered(subject, id);
    let earliest = Number.POSITIVE_INFINITY;
    for (const { metric, at, value, receivedAt, suspect } of points) {
      const stored = table.insert(known.get(metric) ?? series.of(subject, id, metric), at, value, receivedAt, suspect);
      if (stored < earliest) earliest = stored;
    }
    draft.points += points.length;
    if (heartbeat) draft.heartbeats += 1;
    return earliest;
  }

  #commit(draft: Totals): void {
    this.#tables.putTotals.run(draft.position, draft.points, draft.heartbeats);
    this.#database.exec('COMMIT');
    this.#totals = draft;
  }

  #undo(error: unknown): void {
    this.#oldest = undefined;
    this.#tables.series.forget();
    try {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
    } catch {
      this.#broken = true;
    }
    const fault = sqliteFault(error);
    if (fault !== null && isStorageFault(fault.code)) this.#broken = true;
  }

  /** After a fault of disk or file: what the file says now is the truth, and the drain goes on behind its position. */
  #reopenIfBroken(): void {
    if (!this.#broken) return;
    closeQuietly(this.#database);
    this.#database = openHistoryFile(this.#path, () => undefined);
    this.#tables = tablesOf(this.#database);
    this.#totals = readTotals(this.#database);
    this.#durable = Math.min(this.#durable, this.#totals.position);
    this.#broken = false;
  }
}

/** Means, each as one point of its own step or joined to those of `step`, and behind them the points. */
function* afterMeans(means: readonly Mean[], recent: Generator<undefined, HistorySeries>, step: number | null, limit: number): Generator<undefined, HistorySeries> {
  const sums = new Map<number, { total: number; count: number }>();
  for (const { at, total, count } of means) {
    const bucket = step === null ? at : at - (at % step);
    const sum = sums.get(bucket) ?? { total: 0, count: 0 };
    sum.total += total;
    sum.count += count;
    sums.set(bucket, sum);
  }
  const own = yield* recent;
  const points = [...[...sums].map(([at, { total, count }]) => [wallTime(at), total / count] as const), ...own.points];
  // Of the step that the border lies in, what was folded is shown; the points have no counts to weigh them by.
  const joined = points.filter(([at], index) => points[index - 1]?.[0] !== at);
  return { points: joined.slice(0, limit), truncated: own.truncated || joined.length > limit };
}

const SALVAGED: readonly SalvagedTable[] = [{ name: 'series', key: ['id'] }, { name: 'point', key: ['series', 'at'] }, { name: 'mean', key: ['series', 'at'] }, { name: 'totals', key: ['rowid'] }];

/** What can be read of a damaged file goes on in a new one; points whose series is lost are nobody's. */
function openOrSalvage(path: string, stamp: string, onUnclean: () => void, onSalvaged: (sentence: string) => void): DatabaseSync {
  try {
    return openHistoryFile(path, onUnclean);
  } catch (error) {
    if ((error as Error).name !== 'DamagedFile') throw error;
    const open = (): DatabaseSync => {
      const fresh = openHistoryFile(path, () => undefined);
      fresh.exec('DELETE FROM totals');
      return fresh;
    };
    const { salvage, database } = salvageFile(path, stamp, SALVAGED, open, (fresh) => {
      // Without its position it would take again what it has; the spool has no more than the newest of that.
      fresh.exec('INSERT INTO totals SELECT 0, 0, 0 WHERE NOT EXISTS (SELECT 1 FROM totals); DELETE FROM point WHERE series NOT IN (SELECT id FROM series); DELETE FROM mean WHERE series NOT IN (SELECT id FROM series); UPDATE totals SET points=(SELECT count(*) FROM point)');
    });
    onSalvaged(`${(error as Error).message}; ${salvageText(salvage)}`);
    return database;
  }
}

function openHistoryFile(path: string, onUnclean: () => void): DatabaseSync {
  return openSqliteFile({ path, synchronous: 'NORMAL', pageSize: PAGE_SIZE, walPages: WAL_PAGES, cacheKib: CACHE_KIB, schema: SCHEMA, version: VERSION, onUnclean });
}

function tablesOf(database: DatabaseSync): Tables {
  return {
    series: new SeriesTable(database), points: new PointTable(database), means: new MeanTable(database),
    putTotals: database.prepare('UPDATE totals SET position = ?, points = ?, heartbeats = ?'),
  };
}

function readTotals(database: DatabaseSync): Totals {
  const row = database.prepare('SELECT position, points, heartbeats FROM totals').get() ?? {};
  return { position: Number(row['position']), points: Number(row['points']), heartbeats: Number(row['heartbeats']) };
}
