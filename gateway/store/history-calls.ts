/** What the main thread asks the embedded history's worker. */
import type { HistoryQuery, HistorySeries, HistoryStatus, WriteOutcome } from '../model/ports/history-store.ts';
import type { SpoolGroup } from '../model/ports/journal.ts';
import type { OpenAnswer } from './journal-calls.ts';

export interface HistoryWorkerData {
  readonly path: string;
  /** Epoch ms as text: part of the name of a damaged file that is moved away. */
  readonly stamp: string;
}
/** A type and not an interface: only those fit WorkerLine's index signature. */
export type HistoryCalls = {
  open: { readonly ask: null; readonly answer: OpenAnswer };
  write: { readonly ask: readonly SpoolGroup[]; readonly answer: WriteOutcome };
  query: { readonly ask: HistoryQuery; readonly answer: HistorySeries };
  metrics: { readonly ask: HistoryQuery['subject']; readonly answer: readonly string[] };
  prune: { readonly ask: { readonly before: number; readonly meansBefore: number }; readonly answer: number };
  /** Brings what is written onto the disk, and the durable position forward. */
  settle: { readonly ask: null; readonly answer: null };
  status: { readonly ask: null; readonly answer: HistoryStatus };
  close: { readonly ask: null; readonly answer: null };
};
