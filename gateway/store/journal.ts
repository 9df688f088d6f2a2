/**
 * The journal as the rest of the gateway holds it: a worker thread with one SQLite file, behind the lock of the data folder. Commits that wait
 * while another is being synced share the next transaction. The queue between the threads is not bounded here: every caller bounds the commits
 * that it has outstanding (the door one group at a time per connection pause, the runner one).
 */
import { join } from 'node:path';
import type { CommitOutcome, Journal, JournalCommit, JournalStatus, SpoolGroup, StateRow, StoredQuarantineEntry, StoredTimelineEntry } from '../model/ports/journal.ts';
import type { Log } from '../model/ports/log.ts';
import type { WallTime } from '../model/time.ts';
import { lockFolder, type FolderLock } from './folder-lock.ts';
import type { JournalCalls, JournalLimits, JournalWorkerData, OpenAnswer, QuarantineQuery, TimelineQuery, TimelineVerdict } from './journal-calls.ts';
import { MAX_PAYLOAD } from './quarantine-table.ts';
import { WorkerGone, WorkerLine } from './worker-line.ts';

export interface JournalOptions extends JournalLimits {
  /** Made with mode 0700 if it does not exist. */
  readonly dataDir: string;
  readonly log: Log;
  /** For the name of a damaged file that is moved away. */
  readonly now: WallTime;
}
export type OpenJournalOutcome =
  /** `salvaged`: one sentence where the file was damaged and what could be read was saved; else null. */
  | { readonly type: 'opened'; readonly journal: Journal; readonly salvaged: string | null }
  /** Another gateway has the folder; null where it has not written its pid yet. */
  | { readonly type: 'locked'; readonly pid: number | null }
  /** One sentence that names the file and what to do. */
  | { readonly type: 'failed'; readonly because: string };

/** Takes the data folder, then opens or creates `journal.db` in it. Closing the journal gives the folder back: close what else writes there first. */
export async function openJournal(options: JournalOptions): Promise<OpenJournalOutcome> {
  const { dataDir, log, quarantineMaxRows, quarantineMaxBytes, maxBytes, whenFull, reserveBytes } = options;
  const locked = lockFolder(dataDir);
  if (locked.type !== 'held') return locked;
  const workerData: JournalWorkerData = { path: join(dataDir, 'journal.db'), quarantineMaxRows, quarantineMaxBytes, maxBytes, whenFull, reserveBytes, stamp: String(options.now) };
  const line = new WorkerLine<JournalCalls>(new URL('./journal-worker.ts', import.meta.url), 'journal', workerData, log);
  const answer = await line.ask('open', null).catch((error: unknown): OpenAnswer => ({ type: 'failed', because: String(error) }));
  if (answer.type === 'opened') return { type: 'opened', journal: new WorkerJournal(line, locked.lock), salvaged: answer.salvaged };
  await line.close('close', null);
  locked.lock[Symbol.dispose]();
  return answer;
}

class WorkerJournal implements Journal {
  readonly #line: WorkerLine<JournalCalls>;
  readonly #lock: FolderLock;
  #closed: Promise<void> | null = null;

  constructor(line: WorkerLine<JournalCalls>, lock: FolderLock) {
    this.#line = line;
    this.#lock = lock;
  }

  async commit(commit: JournalCommit): Promise<CommitOutcome> {
    const { message, transfer } = forWorker(commit);
    try {
      return await this.#line.ask('commit', message, transfer);
    } catch (error) {
      if (error instanceof WorkerGone) return { type: 'failed', code: 'JOURNAL-CLOSED', because: error.message };
      throw error;
    }
  }

  readSpool(from: number, maxBytes: number): Promise<readonly SpoolGroup[]> {
    return this.#line.ask('readSpool', { from, maxBytes });
  }

  async release(upTo: number): Promise<void> {
    await this.#line.ask('release', upTo);
  }

  loadState(): Promise<readonly StateRow[]> {
    return this.#line.ask('loadState', null);
  }

  status(): Promise<JournalStatus> {
    return this.#line.ask('status', null);
  }

  readTimeline(query: TimelineQuery): Promise<readonly StoredTimelineEntry[]> {
    return this.#line.ask('readTimeline', query);
  }

  readQuarantine(query: QuarantineQuery): Promise<readonly StoredQuarantineEntry[]> {
    return this.#line.ask('readQuarantine', query);
  }

  verifyTimeline(): Promise<TimelineVerdict> {
    return this.#line.ask('verifyTimeline', null);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#line.close('close', null).finally(() => { this.#lock[Symbol.dispose](); });
    return this.#closed;
  }
}

/** Moves the bytes instead of copying them. Payloads are cut out first: a view of a large read buffer would take the whole buffer along. */
function forWorker(commit: JournalCommit): { readonly message: JournalCommit; readonly transfer: ArrayBuffer[] } {
  const transfer: ArrayBuffer[] = commit.spool === undefined ? [] : [commit.spool.bytes.buffer];
  if (commit.quarantine === undefined) return { message: commit, transfer };
  const quarantine = commit.quarantine.map((entry) => ({ ...entry, payload: new Uint8Array(entry.payload.subarray(0, MAX_PAYLOAD)) }));
  return { message: { ...commit, quarantine }, transfer: [...transfer, ...quarantine.map((entry) => entry.payload.buffer)] };
}
