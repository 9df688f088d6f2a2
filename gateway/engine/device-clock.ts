/** Is the clock of a device wrong? A steady offset between its time and ours is; late data is not, since its offsets differ by what it waited. */
import type { Millis, WallTime } from '../model/time.ts';

const SAMPLES = 5;
export const SKEW_MS = 60_000;
export const LARGE_SKEW_MS = 300_000;
const LATE_MS = 60_000;

export interface DeviceClock {
  /** Receipt minus the device's own time, of its last heartbeats, ms. */
  offsets: number[];
  /** What the device's clock is behind (positive) or ahead of ours; null while it is right, or nothing can be said. */
  skew_ms: number | null;
}
export const beginClock = (): DeviceClock => ({ offsets: [], skew_ms: null });

/** Takes one heartbeat's own time; true when what is said of the clock changed. */
export function takeDeviceTime(clock: DeviceClock, sentAt: WallTime, receivedAt: WallTime, interval: Millis): boolean {
  clock.offsets = [...clock.offsets, receivedAt - sentAt].slice(-SAMPLES);
  const before = clock.skew_ms;
  if (clock.offsets.length === SAMPLES) {
    const ordered = clock.offsets.toSorted((a, b) => a - b);
    const [least = 0, , middle = 0, , most = 0] = ordered;
    if (most - least <= interval) clock.skew_ms = Math.abs(middle) >= SKEW_MS ? middle : null;
  }
  return (before === null) !== (clock.skew_ms === null) || (before !== null && clock.skew_ms !== null && isLarge(before) !== isLarge(clock.skew_ms));
}
export const isLarge = (skew_ms: number): boolean => Math.abs(skew_ms) >= LARGE_SKEW_MS;

/** A reading that waited on its way: it may say that it is worse, and never that it is over. */
export const isLate = (observedAt: WallTime, receivedAt: WallTime, interval: Millis): boolean => receivedAt - observedAt > Math.max(2 * interval, LATE_MS);
