/** What the engine asks for. The runner carries them out in this order: record, then changes, then tell. */
import type { Alert } from '../model/alert.ts';
import type { StateRow } from '../model/ports/journal.ts';
import type { MonoTime } from '../model/time.ts';
import type { TimelineEntry } from '../model/timeline.ts';

export interface Change {
  readonly type: 'device' | 'link' | 'path' | 'alert';
  readonly id: string;
}
/** A message to people about `alert`, as it stood at that moment. Leaves only after its timeline entry is durable. */
export interface Tell {
  readonly alert: Alert;
  readonly occasion: 'opened' | 'worsened' | 'improved' | 'resolved';
}
export interface StepResult {
  /** Timeline entries, in order of their seq; durable before `tell` leaves. */
  readonly record: readonly TimelineEntry[];
  /** State that must be stored in the same commit as `record`. */
  readonly state: readonly StateRow[];
  readonly changed: readonly Change[];
  readonly tell: readonly Tell[];
  /** When the engine wants to be called again though nothing happened; null: never. */
  readonly wakeAt: MonoTime | null;
}
