/** Opens one SQLite file of the data folder the way both stores need it: WAL, modes 0600, schema version, and a check after an unclean stop. */
import { chmodSync, closeSync, existsSync, fchmodSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

export interface SqliteFileOptions {
  readonly path: string;
  /** FULL: a commit is on the disk when it returns. NORMAL: a power cut may take the newest commits, never the order. */
  readonly synchronous: 'FULL' | 'NORMAL';
  readonly pageSize: number;
  /** SQLite checkpoints by itself beyond this many pages of WAL: the bound of the -wal file under load. */
  readonly walPages: number;
  readonly cacheKib: number;
  /** Run once on a new file. */
  readonly schema: string;
  /** Of the schema; kept in `user_version`. A file of a newer one is refused. */
  readonly version: number;
  /** Called before the check that follows an unclean stop, which may take seconds on a large file. */
  readonly onUnclean: () => void;
}

/** What is on the disk is no longer whole; it can be salvaged. */
export class DamagedFile extends Error {
  override name = 'DamagedFile';
}

/** The file cannot be used, and the sentence in `message` says which one, why, and what to do. */
export class UnusableFile extends Error {
  override name = 'UnusableFile';
}

/** Creates the file with mode 0600 whatever the umask. A file that exists is never opened here: closing it would drop the locks that this process holds on it. */
export function makePrivateFile(path: string): void {
  if (existsSync(path)) {
    chmodSync(path, 0o600);
    return;
  }
  const handle = openSync(path, 'wx', 0o600);
  fchmodSync(handle, 0o600);
  closeSync(handle);
}

/** Opens or creates the file. Throws DamagedFile, UnusableFile where a person must act, or what SQLite said. */
export function openSqliteFile(options: SqliteFileOptions): DatabaseSync {
  makePrivateFile(options.path);
  const database = new DatabaseSync(options.path, { timeout: 2_000 });
  try {
    prepareFile(database, options);
    return database;
  } catch (error) {
    closeQuietly(database);
    const fault = sqliteFault(error);
    if (fault !== null && (fault.code === 'SQLITE_CORRUPT' || fault.code === 'SQLITE_NOTADB')) throw damaged(options.path, fault.because);
    throw error;
  }
}

function prepareFile(database: DatabaseSync, options: SqliteFileOptions): void {
  // SQLite gives -wal and -shm the mode of the file itself.
  database.exec(`PRAGMA page_size=${options.pageSize}; PRAGMA journal_mode=WAL; PRAGMA synchronous=${options.synchronous};
    PRAGMA wal_autocheckpoint=${options.walPages}; PRAGMA cache_size=-${options.cacheKib}; PRAGMA foreign_keys=OFF; PRAGMA temp_store=MEMORY`);
  const version = readNumber(database, 'PRAGMA user_version');
  if (version > options.version) {
    throw new UnusableFile(`${options.path} was written by a newer version of Lianqin (format ${version}, this one knows ${options.version}): start that version, or use another data folder`);
  }
  if (version === 0) {
    database.exec(`BEGIN IMMEDIATE; CREATE TABLE stop(clean INTEGER NOT NULL); INSERT INTO stop VALUES (1); ${options.schema}; PRAGMA user_version=${options.version}; COMMIT`);
  } else if (readNumber(database, 'SELECT clean FROM stop') !== 1) {
    options.onUnclean();
    const finding = Object.values(database.prepare('PRAGMA quick_check(1)').get() ?? {})[0];
    if (finding !== 'ok') throw damaged(options.path, String(finding));
  }
  database.exec('UPDATE stop SET clean=0');
}

/** Marks the stop as clean, folds the WAL into the file and closes. */
export function closeSqliteFile(database: DatabaseSync): void {
  try {
    database.exec('UPDATE stop SET clean=1; PRAGMA wal_checkpoint(TRUNCATE)');
  } finally {
    database.close();
  }
}

/** Closes without promising anything: after a fault, where the next opening checks the file. */
export function closeQuietly(database: DatabaseSync): void {
  try {
    database.close();
  } catch {
    // Already closed, or closing failed: the descriptor is gone either way, and nothing was promised.
  }
}

/** What SQLite said, or null where the error is not SQLite's. */
export function sqliteFault(error: unknown): { readonly code: string; readonly because: string } | null {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return null;
  const primary = error.errcode & 0xff;
  return { code: FAULT_NAMES.get(primary) ?? `SQLITE_${error.errcode}`, because: `${error.message} (SQLite ${error.errcode})` };
}

/** Faults of the file, the disk or the memory: the connection is not trusted afterwards. The rest is about one statement. */
export const isStorageFault = (code: string): boolean => STORAGE_FAULTS.has(code);

/** Copies the WAL into the file and syncs both. True if nothing is left in the WAL that is not in the file, on the disk. */
export function checkpoint(database: DatabaseSync, mode: 'PASSIVE' | 'TRUNCATE'): boolean {
  const row = database.prepare(`PRAGMA wal_checkpoint(${mode})`).get();
  return row !== undefined && row['busy'] === 0 && row['log'] === row['checkpointed'];
}

/** The first column of the first row. */
export function readNumber(database: DatabaseSync, sql: string): number {
  return Number(Object.values(database.prepare(sql).get() ?? {})[0] ?? 0);
}

const damaged = (path: string, finding: string): DamagedFile => new DamagedFile(`${path} is damaged: ${finding.replaceAll('\n', ' ')}`);

const FAULT_NAMES: ReadonlyMap<number, string> = new Map([
  [5, 'SQLITE_BUSY'], [6, 'SQLITE_LOCKED'], [7, 'SQLITE_NOMEM'], [8, 'SQLITE_READONLY'], [10, 'SQLITE_IOERR'], [11, 'SQLITE_CORRUPT'],
  [13, 'SQLITE_FULL'], [14, 'SQLITE_CANTOPEN'], [18, 'SQLITE_TOOBIG'], [19, 'SQLITE_CONSTRAINT'], [26, 'SQLITE_NOTADB'],
]);
const STORAGE_FAULTS: ReadonlySet<string> = new Set([
  'SQLITE_BUSY', 'SQLITE_LOCKED', 'SQLITE_NOMEM', 'SQLITE_READONLY', 'SQLITE_IOERR', 'SQLITE_CORRUPT', 'SQLITE_FULL', 'SQLITE_CANTOPEN', 'SQLITE_NOTADB',
]);
