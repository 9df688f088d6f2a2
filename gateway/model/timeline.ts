/** The append-only record of what happened and who did what; hash-chained by the journal. */
import type { AlertId } from './ids.ts';
import type { Bilingual } from './text.ts';
import type { WallTime } from './time.ts';

export type TimelineType =
  | 'started' | 'stopped' | 'stood-still' | 'clock-stepped' | 'reloaded'
  | 'device-adopted' | 'credential-issued' | 'credential-rotated' | 'credential-revoked'
  | 'raised' | 'told' | 'folded' | 'unfolded' | 'superseded' | 'worsened' | 'improved' | 'resolved' | 'evidence';

export interface TimelineEntry {
  /** Contiguous from 1. Ids of alerts derive from it. */
  readonly seq: number;
  readonly at: WallTime;
  readonly type: TimelineType;
  readonly alert: AlertId | null;
  readonly by: string | null;
  readonly text: Bilingual;
  /** Machine-readable particulars of `type`; small and flat. */
  readonly detail: Readonly<Record<string, string | number | boolean | null>>;
}
