import { millis, type Millis } from '../model/time.ts';

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** `5s`, `3min`, `1.5h` to ms; null where it is none. */
export function parseDuration(text: string): Millis | null {
  const match = /^([0-9]+(?:\.[0-9]+)?)(ms|s|min|m|h|d)$/.exec(text);
  const [, number, unit] = match ?? [];
  return number === undefined || unit === undefined ? null : millis(Number(number) * (UNIT_MS[unit] ?? 0));
}
