/** Where points are kept for charts: the embedded SQLite file, later InfluxDB beside it. */
import type { Millis, WallTime } from '../time.ts';
import type { SpoolGroup } from './journal.ts';

export type WriteOutcome =
  | { readonly type: 'written'; readonly position: number; readonly points: number }
  /** `misconfigured`: it will not get better by itself. `retryAfterMs`: the store asks for so long a pause. */
  | { readonly type: 'unavailable'; readonly because: string; readonly misconfigured?: boolean; readonly retryAfterMs?: number | null };
export interface HistoryQuery {
  readonly subject: { readonly type: 'device' | 'link'; readonly id: string };
  readonly metric: string;
  /** Inclusive. */
  readonly from: WallTime;
  /** Exclusive. */
  readonly to: WallTime;
  /** Averages over steps aligned to multiples of `step`; null is raw points. */
  readonly step: Millis | null;
  /** At most this many points come back, oldest first; `truncated` says that there are more. */
  readonly limit: number;
}
export interface HistorySeries {
  readonly points: readonly (readonly [WallTime, number])[];
  readonly truncated: boolean;
}
export interface HistoryStatus {
  readonly position: number;
  /** What survives a power cut as well; the spool may be released up to here. At most `position`. */
  readonly durablePosition: number;
  readonly points: number;
  readonly heartbeats: number;
  readonly oldest: WallTime | null;
}
export interface HistoryStore extends AsyncDisposable {
  /** The last spool position that is stored; the drain continues behind it. */
  position(): Promise<number>;
  /** Stores the points of whole groups; the position moves in the same transaction, so that a group read twice counts once. */
  write(groups: readonly SpoolGroup[]): Promise<WriteOutcome>;
  query(query: HistoryQuery): Promise<HistorySeries>;
  /** Metrics ever stored of a subject, by name. */
  metrics(subject: HistoryQuery['subject']): Promise<readonly string[]>;
  /** Deletes points before `before` in short slices; resolves with how many. */
  prune(before: WallTime): Promise<number>;
  status(): Promise<HistoryStatus>;
}
