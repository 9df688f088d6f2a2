/**
 * The hash chain of the timeline: h_n = SHA-256(h_(n-1) || canonical JSON of entry n), with h_0 = 32 zero bytes. Canonical JSON has the keys of
 * every object in ascending order of their UTF-16 code units, no white space, and numbers and strings as JSON.stringify writes them (RFC 8785 does the same).
 */
import { createHash } from 'node:crypto';
import type { TimelineEntry } from '../model/timeline.ts';

/** h_0, in hex as all hashes are shown. */
export const GENESIS: string = '0'.repeat(64);

/** The hash of `entry` behind `previous` (hex). */
export function chainHash(previous: string, entry: TimelineEntry): string {
  const { seq, at, type, alert, by, text, detail } = entry;
  return createHash('sha256').update(previous, 'hex').update(canonicalJson({ seq, at, type, alert, by, text, detail })).digest('hex');
}

/** One text for equal values, whatever the order of their keys. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value).filter(([, field]) => field !== undefined).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`).join(',')}}`;
}
