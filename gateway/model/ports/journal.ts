/** The durable half of the gateway: spool, timeline, engine state, quarantine and counters, in one file with one writer. */
import type { RefusalCode } from '../refusal.ts';
import type { TimelineEntry } from '../timeline.ts';
import type { WallTime } from '../time.ts';

/** Everything in one commit becomes durable together or not at all. Commits become durable in the order of their calls. */
export interface JournalCommit {
  /** A group of records made by RecordGroup; the bytes' buffer is transferred and may not be used afterwards. */
  readonly spool?: { readonly bytes: Uint8Array<ArrayBuffer>; readonly count: number };
  readonly quarantine?: readonly QuarantineEntry[];
  /** Fails where a group of so many bytes would not be taken: to ask whether there is room again. */
  readonly room?: number;
  /** `seq` must follow on the last one stored, else the commit throws: two writers would break the chain. */
  readonly timeline?: readonly TimelineEntry[];
  readonly state?: readonly StateRow[];
  /** Records up to this position are reflected in `state` and need not be replayed. */
  readonly enginePosition?: number;
}
/** One piece of engine state under a stable key, as JSON text; null deletes it. */
export interface StateRow {
  readonly key: string;
  readonly json: string | null;
}
export interface QuarantineEntry {
  readonly at: WallTime;
  readonly topic: string;
  readonly client: string;
  readonly code: RefusalCode;
  readonly detail: string;
  /** The first 64 KiB as received. */
  readonly payload: Uint8Array;
}
export type CommitOutcome =
  /** `first` is the position of the first record of the group; positions are contiguous from 1. Zero without a group. */
  /** `thinned`: older records that nobody has taken yet went to make room (`journal.whenFull: thin`). */
  | { readonly type: 'committed'; readonly first: number; readonly thinned?: Thinned }
  /** Nothing of this commit is stored, and nothing may be acknowledged. `code` is SQLite's or the system's (ENOSPC ...). */
  | { readonly type: 'failed'; readonly code: string; readonly because: string };

/** Positions that are gone from the spool; `count` of them were in no history. */
export interface Thinned {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}
export interface SpoolGroup {
  readonly first: number;
  readonly count: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}
/** Each survives restarts. `accepted` = records ever committed; `quarantined` rows ever; `quarantineEvicted` the oldest rows removed at the bound. */
export interface JournalCounters {
  readonly accepted: number;
  readonly quarantined: number;
  readonly quarantineEvicted: number;
  /** Records that went from the spool before a history had them. */
  readonly thinned: number;
  readonly refusedByCode: Readonly<Partial<Record<RefusalCode, number>>>;
}
export interface JournalStatus {
  readonly counters: JournalCounters;
  readonly lastPosition: number;
  readonly enginePosition: number;
  readonly releasedPosition: number;
  readonly spoolBytes: number;
  readonly timelineSeq: number;
  readonly timelineHead: string;
}
export interface StoredQuarantineEntry extends QuarantineEntry { readonly id: number }
export interface StoredTimelineEntry extends TimelineEntry { readonly hash: string }

export interface Journal extends AsyncDisposable {
  commit(commit: JournalCommit): Promise<CommitOutcome>;
  /** Groups whose last record is at or after `from`, oldest first, at most about `maxBytes` (at least one group if any). */
  readSpool(from: number, maxBytes: number): Promise<readonly SpoolGroup[]>;
  /** The history holds everything up to `upTo`; groups that the engine has passed as well may be deleted. */
  release(upTo: number): Promise<void>;
  loadState(): Promise<readonly StateRow[]>;
  status(): Promise<JournalStatus>;
  /** Ascending by `seq`, after `after`. */
  readTimeline(query: { readonly alert?: string; readonly after?: number; readonly limit: number }): Promise<readonly StoredTimelineEntry[]>;
  /** Newest first; `before` is the id to continue below. */
  readQuarantine(query: { readonly before?: number; readonly limit: number }): Promise<readonly StoredQuarantineEntry[]>;
  /** Recomputes the hash chain; the first broken seq, or null. */
  verifyTimeline(): Promise<{ readonly entries: number; readonly brokenAt: number | null }>;
}
