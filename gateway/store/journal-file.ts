/**
 * The journal's file and its one connection. Every commit that waits goes into one transaction with synchronous=FULL: when it returns, it is on
 * the disk. After a fault of disk or file nothing is assumed: the connection is repaired and opened anew before anything else is stored.
 */
import { dirname, join } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { CommitOutcome, JournalCommit, JournalStatus, StateRow, Thinned } from '../model/ports/journal.ts';
import type { JournalWorkerData } from './journal-calls.ts';
import { draftOf, TOTALS_SCHEMA, TotalsTable, type Totals } from './journal-totals.ts';
import { ReserveFile } from './reserve-file.ts';
import { QUARANTINE_SCHEMA, QuarantineTable } from './quarantine-table.ts';
import { recount } from './journal-recount.ts';
import { salvageFile, salvageText, type SalvagedTable } from './salvage.ts';
import { SPOOL_SCHEMA, SpoolTable } from './spool-table.ts';
import { checkpoint, closeQuietly, closeSqliteFile, isStorageFault, openSqliteFile, sqliteFault } from './sqlite-file.ts';
import { TIMELINE_SCHEMA, TimelineTable } from './timeline-table.ts';

const SCHEMA = `${SPOOL_SCHEMA}; ${TIMELINE_SCHEMA}; ${QUARANTINE_SCHEMA}; ${TOTALS_SCHEMA};
  CREATE TABLE state(key TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID`;
const VERSION = 2;
const PAGE_SIZE = 4_096;
/** 16 MB: where SQLite checkpoints in the middle of load, because no idle moment came. */
const WAL_PAGES = 4096;
/** What makes a checkpoint worth while at an idle moment. */
const IDLE_CHECKPOINT_BYTES = 4_000_000;
/** What is freed at once where the spool is thinned. */
const THIN_SHARE = 0.02;
/** Roughly what a transaction writes beside its groups. */
const COMMIT_BYTES = 3 * PAGE_SIZE;

/** `refused`: the commit breaks a rule of the port, and its caller must hear of it as an exception. */
export type CommitAnswer = CommitOutcome | { readonly type: 'refused'; readonly because: string };
type Failure = Extract<CommitOutcome, { type: 'failed' }>;

interface Tables {
  readonly totals: TotalsTable;
  readonly spool: SpoolTable;
  readonly timeline: TimelineTable;
  readonly quarantine: QuarantineTable;
  readonly putState: StatementSync;
  readonly dropState: StatementSync;
}

export class JournalFile {
  readonly #options: JournalWorkerData;
  readonly #reserve: ReserveFile;
  #database: DatabaseSync;
  #tables: Tables;
  #totals: Totals;
  #fault: Failure | null = null;
  #walBytes = 0;
  /** Both cursors have moved since the last look at what can be deleted. */
  #deletable = true;

  /** Throws UnusableFile, or what SQLite said. `onUnclean` is called before a check that may take seconds. */
  constructor(options: JournalWorkerData, onUnclean: () => void, onSalvaged: (sentence: string) => void = () => undefined) {
    this.#options = options;
    this.#database = openOrSalvage(options, onUnclean, onSalvaged);
    this.#tables = tablesOf(this.#database);
    this.#totals = this.#tables.totals.read();
    this.#reserve = new ReserveFile(join(dirname(options.path), 'reserve'), options.reserveBytes);
  }

  get timeline(): TimelineTable { return this.#tables.timeline; }
  get quarantine(): QuarantineTable { return this.#tables.quarantine; }
  get spool(): SpoolTable { return this.#tables.spool; }
  get totals(): Readonly<Totals> { return this.#totals; }

  /** One transaction for all of them. One that is at fault itself is answered for itself; a fault of the disk fails all. */
  commitAll(commits: readonly JournalCommit[]): readonly CommitAnswer[] {
    const failure = this.#recover();
    if (failure !== null) return commits.map(() => failure);
    if (!this.#reserve.held && commits.some((commit) => commit.room !== undefined)) this.#reserve.take();
    const draft = draftOf(this.#totals);
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      const answers = commits.map((commit) => refusal(commit, draft) ?? this.#store(commit, draft));
      if (answers.some((answer) => answer.type === 'committed')) this.#commit(draft);
      else this.#database.exec('ROLLBACK');
      return answers;
    } catch (error) {
      const failed = this.#undo(error);
      if (failed !== null) return commits.map(() => failed);
      const [only] = commits;
      if (commits.length === 1 && only !== undefined) return [{ type: 'refused', because: (error as Error).message }];
      return commits.flatMap((commit) => this.commitAll([commit]));
    }
  }

  /** Moves the history's cursor. Need not be on the disk at once: a cursor that is older after a power cut only keeps rows longer. */
  release(upTo: number): void {
    if (upTo <= this.#totals.releasedPosition) return;
    this.#lazily((draft) => {
      draft.releasedPosition = Math.min(upTo, draft.accepted);
      return true;
    });
    this.#deletable = true;
  }

  /** One small piece of what can wait: deleting released groups. False when nothing is left to do. */
  tidySlice(): boolean {
    if (!this.#deletable || this.#fault !== null) return false;
    const upTo = Math.min(this.#totals.releasedPosition, this.#totals.enginePosition);
    this.#deletable = this.#lazily((draft) => this.#tables.spool.deleteSlice(upTo, draft));
    return this.#deletable;
  }

  /** Folds the WAL into the file if it has grown; for idle moments. */
  checkpointIfGrown(): void {
    if (this.#walBytes < IDLE_CHECKPOINT_BYTES || this.#fault !== null) return;
    this.#walBytes = 0;
    try {
      checkpoint(this.#database, 'PASSIVE');
    } catch (error) {
      this.#undo(error);
    }
  }

  loadState(): StateRow[] {
    return this.#database.prepare('SELECT key, json FROM state ORDER BY key').all().map((row) => ({ key: String(row['key']), json: String(row['json']) }));
  }

  status(): JournalStatus {
    const { accepted, quarantined, quarantineEvicted, thinned, refused, enginePosition, releasedPosition, spoolBytes, timelineSeq, timelineHead } = this.#totals;
    return {
      counters: { accepted, quarantined, quarantineEvicted, thinned, refusedByCode: Object.fromEntries(refused) },
      lastPosition: accepted, enginePosition, releasedPosition, spoolBytes, timelineSeq, timelineHead,
    };
  }

  close(): void {
    if (this.#fault === null) closeSqliteFile(this.#database);
    else closeQuietly(this.#database);
  }

  #store(commit: JournalCommit, draft: Totals): CommitOutcome {
    const { maxBytes, whenFull } = this.#options;
    const wanted = commit.spool?.bytes.length ?? commit.room;
    // What is left on a full disk is for state and alerts.
    if ((wanted !== undefined || commit.quarantine !== undefined) && !this.#reserve.held) return { type: 'failed', code: 'DISK-FULL', because: 'the disk is full; what is kept in reserve is for state and alerts' };
    const over = draft.spoolBytes + (wanted ?? 0) - maxBytes;
    if (wanted === undefined || over <= 0) return this.#apply(commit, draft, null);
    // More than is needed, so that a full spool is not searched for every group. Nothing goes that the engine has not seen.
    const { spool } = this.#tables;
    const thinned = whenFull === 'thin' ? spool.thin(Math.max(over, maxBytes * THIN_SHARE), draft.enginePosition, draft) ?? spool.thin(over, draft.enginePosition, draft) : null;
    if (thinned !== null) return this.#apply(commit, draft, thinned);
    return { type: 'failed', code: 'SPOOL-FULL', because: `the spool holds ${draft.spoolBytes} bytes of at most ${maxBytes} that the history has not taken yet` };
  }

  #apply(commit: JournalCommit, draft: Totals, thinned: Thinned | null): CommitOutcome {
    const { spool, timeline, quarantine, putState, dropState } = this.#tables;
    const first = commit.spool === undefined ? 0 : spool.append(commit.spool, draft);
    for (const entry of commit.quarantine ?? []) quarantine.append(entry, draft, this.#options);
    for (const entry of commit.timeline ?? []) timeline.append(entry, draft);
    for (const { key, json } of commit.state ?? []) {
      if (json === null) dropState.run(key);
      else putState.run(key, json);
    }
    if (commit.enginePosition !== undefined && commit.enginePosition > draft.enginePosition) {
      draft.enginePosition = Math.min(commit.enginePosition, draft.accepted);
      this.#deletable = true;
    }
    this.#walBytes += commit.spool?.bytes.length ?? 0;
    return { type: 'committed', first, ...(thinned === null ? {} : { thinned }) };
  }

  #commit(draft: Totals): void {
    this.#tables.totals.write(draft, this.#totals);
    this.#database.exec('COMMIT');
    this.#totals = draft;
    this.#walBytes += COMMIT_BYTES;
  }

  /** A transaction that becomes durable with the next full one: for what is safe to lose. False if it had nothing to do, or failed. */
  #lazily(change: (draft: Totals) => boolean): boolean {
    if (this.#recover() !== null) return false;
    const draft = draftOf(this.#totals);
    try {
      this.#database.exec('PRAGMA synchronous=NORMAL; BEGIN IMMEDIATE');
      const changed = change(draft);
      if (changed) this.#commit(draft);
      else this.#database.exec('ROLLBACK');
      this.#database.exec('PRAGMA synchronous=FULL');
      return changed;
    } catch (error) {
      if (this.#undo(error) === null) throw error;
      return false;
    }
  }

  /** Rolls back. A fault of the disk, the file or the memory is remembered and returned; any other error is null. */
  #undo(error: unknown): Failure | null {
    let rolledBack = true;
    try {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      this.#database.exec('PRAGMA synchronous=FULL');
    } catch {
      rolledBack = false;
    }
    const fault = sqliteFault(error);
    if (rolledBack && (fault === null || !isStorageFault(fault.code))) return null;
    this.#fault = { type: 'failed', code: fault?.code ?? 'SQLITE_ERROR', because: `journal: ${fault?.because ?? String(error)}` };
    // The next try has room for what must not be lost.
    if (fault !== null && (fault.code === 'SQLITE_FULL' || fault.code === 'SQLITE_IOERR')) this.#reserve.giveUp();
    return this.#fault;
  }

  /**
   * After a fault. The frames of a failed commit may stand in the WAL, and a plain reopening could bring them back although their caller was told
   * that they are not stored. So the old connection, which knows where the good ones end, first folds those into the file and empties the WAL.
   */
  #recover(): Failure | null {
    const before = this.#fault;
    if (before === null) return null;
    try {
      if (this.#database.isOpen) {
        if (!checkpoint(this.#database, 'TRUNCATE')) return before;
        closeSqliteFile(this.#database);
      }
      this.#database = openJournalFile(this.#options.path, () => undefined);
      this.#tables = tablesOf(this.#database);
      const { accepted, timelineHead } = this.#tables.totals.read();
      if (accepted !== this.#totals.accepted || timelineHead !== this.#totals.timelineHead) {
        throw new Error(`${this.#options.path} was changed by another program; stop it and start the gateway again`);
      }
      this.#fault = null;
      this.#walBytes = 0;
      return null;
    } catch (error) {
      const fault = sqliteFault(error);
      this.#fault = { type: 'failed', code: fault?.code ?? before.code, because: `journal: ${fault?.because ?? (error as Error).message}` };
      return this.#fault;
    }
  }
}

function openJournalFile(path: string, onUnclean: () => void): DatabaseSync {
  return openSqliteFile({ path, synchronous: 'FULL', pageSize: PAGE_SIZE, walPages: WAL_PAGES, cacheKib: 16_384, schema: SCHEMA, version: VERSION, onUnclean });
}

/** A damaged file is not the end: what can be read goes on in a new one. */
function openOrSalvage({ path, stamp }: JournalWorkerData, onUnclean: () => void, onSalvaged: (sentence: string) => void): DatabaseSync {
  try {
    return openJournalFile(path, onUnclean);
  } catch (error) {
    if ((error as Error).name !== 'DamagedFile') throw error;
    const { salvage, database } = salvageFile(path, stamp, SALVAGED, () => openJournalFile(path, () => undefined), (fresh, old) => { recount(fresh, old, Number(stamp)); });
    onSalvaged(`${(error as Error).message}; ${salvageText(salvage)}`);
    return database;
  }
}
const SALVAGED: readonly SalvagedTable[] = [
  { name: 'state', key: ['key'] }, { name: 'spool', key: ['first'] }, { name: 'timeline', key: ['seq'], prefixOnly: true }, { name: 'quarantine', key: ['id'] }, { name: 'refused', key: ['code'] },
];

function tablesOf(database: DatabaseSync): Tables {
  return {
    totals: new TotalsTable(database), spool: new SpoolTable(database), timeline: new TimelineTable(database), quarantine: new QuarantineTable(database),
    putState: database.prepare('INSERT INTO state VALUES (?, ?) ON CONFLICT(key) DO UPDATE SET json=excluded.json'),
    dropState: database.prepare('DELETE FROM state WHERE key = ?'),
  };
}

/** What the port forbids, checked before anything of the commit is written. */
function refusal(commit: JournalCommit, draft: Totals): CommitAnswer | null {
  const { spool, timeline = [] } = commit;
  if (spool !== undefined && (!Number.isSafeInteger(spool.count) || spool.count < 1 || spool.bytes.length === 0)) {
    return { type: 'refused', because: `a group of ${spool.count} records in ${spool.bytes.length} bytes cannot be stored: at least one record is expected` };
  }
  for (const [index, entry] of timeline.entries()) {
    const expected = draft.timelineSeq + 1 + index;
    if (entry.seq !== expected) return { type: 'refused', because: `timeline entry ${entry.seq} does not follow on ${expected - 1}: two writers would break the chain` };
  }
  return null;
}
