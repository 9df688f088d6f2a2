/** Times as devices write them: epoch milliseconds, or ISO 8601 with an offset. */
import { wallTime, type WallTime } from './time.ts';

/** The last instant that a JavaScript Date can hold. */
const LAST = 8.64e15;
const ISO = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?:[Zz]|([+-])(\d\d):?(\d\d))$/;

/** Null for anything that is no such time: also for a text without offset, which would mean another instant on each machine, and for 30 February. */
export function parseDeviceTime(value: unknown): WallTime | null {
  if (typeof value === 'number') return value >= 0 && value <= LAST ? wallTime(Math.trunc(value)) : null;
  return typeof value === 'string' ? parseIso(value) : null;
}

function parseIso(text: string): WallTime | null {
  const match = ISO.exec(text);
  if (match === null) return null;
  const part = (index: number): number => Number(match[index] ?? 0);
  const [year, month, day, hour, minute, second] = [part(1), part(2), part(3), part(4), part(5), part(6)];
  // Date.UTC takes years below 100 as 19xx; no device lives there. A leap second is the first moment of the next minute.
  if (year < 1970 || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 60) return null;
  if (day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return null;
  if (part(9) > 23 || part(10) > 59) return null;
  const offset = (part(9) * 60 + part(10)) * (match[8] === '-' ? -60_000 : 60_000);
  const fraction = Number((match[7] ?? '').padEnd(3, '0').slice(0, 3));
  const ms = Date.UTC(year, month - 1, day, hour, minute, second, fraction) - offset;
  return ms < 0 ? null : wallTime(ms);
}
