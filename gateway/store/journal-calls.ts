/** What the main thread asks the journal's worker. */
import type { CommitOutcome, JournalCommit, JournalStatus, SpoolGroup, StateRow, StoredQuarantineEntry, StoredTimelineEntry } from '../model/ports/journal.ts';

export interface JournalLimits {
  /** Bounds of the quarantine; the oldest rows go first. */
  readonly quarantineMaxRows: number;
  readonly quarantineMaxBytes: number;
  /** Bytes of groups in the spool; beyond it a commit with a group is refused. */
  readonly maxBytes: number;
  /** What happens beyond it: nothing more is taken, or the oldest records go. */
  readonly whenFull: 'refuse' | 'thin';
  /** Kept free for state and alerts on a full disk. */
  readonly reserveBytes: number;
}
export interface JournalWorkerData extends JournalLimits {
  readonly path: string;
  /** Epoch ms as text: part of the name of a damaged file that is moved away. */
  readonly stamp: string;
}
/** `salvaged`: a sentence where the file was damaged, and what could be read was saved. */
export type OpenAnswer = { readonly type: 'opened'; readonly salvaged: string | null } | { readonly type: 'failed'; readonly because: string };

/** A type and not an interface: only those fit WorkerLine's index signature. */
export type JournalCalls = {
  open: { readonly ask: null; readonly answer: OpenAnswer };
  commit: { readonly ask: JournalCommit; readonly answer: CommitOutcome };
  readSpool: { readonly ask: { readonly from: number; readonly maxBytes: number }; readonly answer: readonly SpoolGroup[] };
  release: { readonly ask: number; readonly answer: null };
  loadState: { readonly ask: null; readonly answer: readonly StateRow[] };
  status: { readonly ask: null; readonly answer: JournalStatus };
  readTimeline: { readonly ask: TimelineQuery; readonly answer: readonly StoredTimelineEntry[] };
  readQuarantine: { readonly ask: QuarantineQuery; readonly answer: readonly StoredQuarantineEntry[] };
  verifyTimeline: { readonly ask: null; readonly answer: TimelineVerdict };
  close: { readonly ask: null; readonly answer: null };
};
export interface TimelineQuery { readonly alert?: string; readonly after?: number; readonly limit: number }
export interface QuarantineQuery { readonly before?: number; readonly limit: number }
export interface TimelineVerdict { readonly entries: number; readonly brokenAt: number | null }
