/**
 * One gateway per data folder. The lock is an open exclusive transaction on the small SQLite file `lock`: SQLite holds it with the operating
 * system's file locks, which end with the process however it ends, so that no stale lock can be left. The file `pid` beside it only says whose it is.
 */
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { closeQuietly, makePrivateFile, sqliteFault } from './sqlite-file.ts';

export type LockOutcome =
  | { readonly type: 'held'; readonly lock: FolderLock }
  /** Another process (or another journal of this one) has the folder; null where it has not written its pid yet. */
  | { readonly type: 'locked'; readonly pid: number | null }
  | { readonly type: 'failed'; readonly because: string };

export interface FolderLock extends Disposable {
  readonly dataDir: string;
}

/** Makes the folder (0700) if need be and takes it. Everything in `dataDir` may be written only while the lock is held. */
export function lockFolder(dataDir: string): LockOutcome {
  let database: DatabaseSync | null = null;
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    chmodSync(dataDir, 0o700);
    const path = join(dataDir, 'lock');
    makePrivateFile(path);
    database = new DatabaseSync(path, { timeout: 0 });
    database.exec('PRAGMA journal_mode=MEMORY; BEGIN EXCLUSIVE');
    const pidPath = join(dataDir, 'pid');
    rmSync(pidPath, { force: true });
    makePrivateFile(pidPath);
    writeFileSync(pidPath, `${process.pid}\n`);
    return { type: 'held', lock: held(database, dataDir, pidPath) };
  } catch (error) {
    if (database !== null) closeQuietly(database);
    const fault = sqliteFault(error);
    if (fault?.code === 'SQLITE_BUSY' || fault?.code === 'SQLITE_LOCKED') return { type: 'locked', pid: readHolder(dataDir) };
    return { type: 'failed', because: `the data folder ${dataDir} cannot be used: ${fault?.because ?? (error as Error).message}` };
  }
}

function held(database: DatabaseSync, dataDir: string, pidPath: string): FolderLock {
  return {
    dataDir,
    [Symbol.dispose](): void {
      // While still locked: the file of the next holder must not be removed.
      rmSync(pidPath, { force: true });
      closeQuietly(database);
    },
  };
}

/** The holder writes its pid right after taking the lock; a dead pid is the one of the holder before. Waits for it up to half a second. */
function readHolder(dataDir: string): number | null {
  const never = new Int32Array(new SharedArrayBuffer(4));
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const pid = readPid(dataDir);
    if (pid !== null && isAlive(pid)) return pid;
    // Blocks this thread on purpose: the program is about to say that it cannot start.
    Atomics.wait(never, 0, 0, 25);
  }
  return readPid(dataDir);
}

function readPid(dataDir: string): number | null {
  try {
    const pid = Number(readFileSync(join(dataDir, 'pid'), 'utf8').trim());
    return Number.isSafeInteger(pid) && pid > 0 ? pid : null;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
