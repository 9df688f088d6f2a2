/** What came of a device and what should have, hour by hour: the hours of the last two days. */
import type { Millis, WallTime } from '../model/time.ts';

export const HOUR_MS = 3_600_000;
const HOURS = 48;

export interface LedgerHour {
  /** Begin of the hour, epoch ms. */
  readonly hour: number;
  received: number;
  late: number;
  duplicate: number;
}
export interface GapLedger {
  /** From when on anything is expected of it. */
  readonly since: WallTime;
  /** Oldest first; hours in which nothing came have no entry. */
  hours: LedgerHour[];
}
export const beginLedger = (now: WallTime): GapLedger => ({ since: now, hours: [] });

export function note(ledger: GapLedger, what: 'received' | 'late' | 'duplicate', at: WallTime): void {
  const hour = at - (at % HOUR_MS);
  let entry = ledger.hours.at(-1);
  // A clock that was set back adds to the newest hour instead of opening one in the past.
  if (entry === undefined || entry.hour < hour) {
    entry = { hour, received: 0, late: 0, duplicate: 0 };
    ledger.hours.push(entry);
    while (ledger.hours.length > HOURS) ledger.hours.shift();
  }
  entry[what] += 1;
}

export interface GapHour extends Readonly<LedgerHour> { readonly expected: number }

/** Every hour of the last `HOURS`, also those in which nothing came, oldest first. */
export function gaps({ since, hours }: GapLedger, interval: Millis, now: WallTime): readonly GapHour[] {
  const known = new Map(hours.map((entry) => [entry.hour, entry]));
  const last = now - (now % HOUR_MS);
  const first = Math.max(since - (since % HOUR_MS), last - (HOURS - 1) * HOUR_MS);
  const result: GapHour[] = [];
  for (let hour = first; hour <= last; hour += HOUR_MS) {
    const open = Math.min(now, hour + HOUR_MS) - Math.max(since, hour);
    const { received, late, duplicate } = known.get(hour) ?? { received: 0, late: 0, duplicate: 0 };
    result.push({ hour, expected: Math.floor(Math.max(0, open) / interval), received, late, duplicate });
  }
  return result;
}
