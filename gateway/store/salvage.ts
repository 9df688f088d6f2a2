/**
 * Saves what can still be read of a damaged SQLite file into a new one, and keeps the damaged one beside it. Rows are read from both ends of each
 * table, so that a hole in the middle costs only what lies in it.
 */
import { existsSync, renameSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { closeQuietly } from './sqlite-file.ts';

export interface SalvagedTable {
  readonly name: string;
  /** Primary key, one column or several. */
  readonly key: readonly string[];
  /** Only the rows from the beginning up to the first that cannot be read: for a chain. */
  readonly prefixOnly?: boolean;
}
export interface Salvage {
  /** Where the damaged file is now. */
  readonly movedTo: string;
  /** Rows that were saved, by table; the damage of those marked was in their middle or at their end. */
  readonly saved: Readonly<Record<string, { readonly rows: number; readonly whole: boolean }>>;
}
type Row = Record<string, SQLInputValue>;
const SUFFIXES = ['', '-wal', '-shm'];

/**
 * Moves the file at `path` away, opens a new one by `openNew`, and copies into it what can be read. `finish` puts right what is counted from the
 * rows. Returns what was saved, and the new database, open.
 */
export function salvageFile(path: string, stamp: string, tables: readonly SalvagedTable[], openNew: () => DatabaseSync, finish: (fresh: DatabaseSync, damaged: DatabaseSync | null) => void): { readonly salvage: Salvage; readonly database: DatabaseSync } {
  const movedTo = `${path}.damaged-${stamp}`;
  for (const suffix of SUFFIXES) if (existsSync(path + suffix)) renameSync(path + suffix, movedTo + suffix);
  const fresh = openNew();
  const saved: Record<string, { rows: number; whole: boolean }> = {};
  const damaged = openDamaged(movedTo);
  fresh.exec('BEGIN IMMEDIATE');
  for (const table of tables) saved[table.name] = damaged === null ? { rows: 0, whole: false } : copyTable(damaged, fresh, table);
  finish(fresh, damaged);
  fresh.exec('COMMIT');
  if (damaged !== null) closeQuietly(damaged);
  return { salvage: { movedTo, saved }, database: fresh };
}

/** One sentence for people. */
export function salvageText({ movedTo, saved }: Salvage): string {
  const parts = Object.entries(saved).map(([table, { rows, whole }]) => `${table} ${rows} rows${whole ? '' : ' (not whole)'}`);
  return `the file was damaged; saved: ${parts.join(', ')}. The damaged file is kept as ${movedTo}`;
}

function openDamaged(path: string): DatabaseSync | null {
  try {
    const database = new DatabaseSync(path);
    database.exec('PRAGMA query_only=1');
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
    return database;
  } catch {
    return null;
  }
}

function copyTable(damaged: DatabaseSync, fresh: DatabaseSync, { name, key, prefixOnly = false }: SalvagedTable): { rows: number; whole: boolean } {
  const columns = fresh.prepare(`PRAGMA table_info(${name})`).all().map((row) => String(row['name']));
  const insert = fresh.prepare(`INSERT OR IGNORE INTO ${name}(${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`);
  let rows = 0;
  const take = (row: Row): void => { rows += Number(insert.run(...columns.map((column) => row[column] ?? null)).changes); };
  const forward = readAll(damaged, name, key.join(', '), take);
  // What was read from the front is ignored when it comes again from the back.
  if (!forward && !prefixOnly) readAll(damaged, name, key.map((column) => `${column} DESC`).join(', '), take);
  return { rows, whole: forward };
}

/** True where it was read to its end. A row that fits no more into its table ends the reading as well. */
function readAll(database: DatabaseSync, table: string, order: string, take: (row: Row) => void): boolean {
  try {
    for (const row of database.prepare(`SELECT * FROM ${table} ORDER BY ${order}`).iterate()) take(row as Row);
    return true;
  } catch {
    return false;
  }
}
