/** Whether a reading can be believed. What cannot is kept, marked, and feeds nothing. */
import type { PlausibleRange } from '../arrangement/arrangement.ts';
import type { WallTime } from '../model/time.ts';

export interface Observation {
  readonly value: number;
  readonly at: WallTime;
}
export type Doubt =
  | { readonly type: 'out-of-range'; readonly min: number; readonly max: number }
  | { readonly type: 'jump'; readonly from: number; readonly by: number; readonly allowed: number };

/**
 * Null when `reading` is plausible. A step is measured against the last plausible reading; what is allowed grows with the time since then,
 * so that a gauge that was silent for hours is not doubted for having moved.
 */
export function doubt(reading: Observation, last: Observation | null, range: PlausibleRange | undefined): Doubt | null {
  if (range === undefined) return null;
  if (reading.value < range.min || reading.value > range.max) return { type: 'out-of-range', min: range.min, max: range.max };
  if (last === null) return null;
  const moved = Math.abs(reading.value - last.value);
  for (const step of range.maxSteps) {
    const allowed = step.by * Math.max(1, (reading.at - last.at) / step.per);
    // A tolerance of a billionth keeps 79.8 - 79.3 from exceeding 0.5.
    if (moved > allowed + 1e-9) return { type: 'jump', from: last.value, by: moved, allowed };
  }
  return null;
}
