/** A heartbeat as it came in, after validation. Field meanings: docs/mqtt.md. */
import type { LinkId } from './ids.ts';
import type { WallTime } from './time.ts';

/** `missing` is an explicit null: counted, never stored as a value. */
export type Quality = 'ok' | 'missing' | 'suspect';
export interface LinkReport {
  readonly up: boolean;
  readonly rtt_ms: number | null;
  readonly loss_pct: number | null;
}
export interface Sample {
  /** Observation time claimed by the device; null means the time of receipt. */
  readonly ts: WallTime | null;
  /** Finite numbers; booleans are already 1 or 0. */
  readonly metrics: ReadonlyMap<string, number>;
  /** Metrics sent as null, or marked in `quality`. */
  readonly missing: readonly string[];
  readonly suspect: readonly string[];
}
export interface Heartbeat {
  readonly seq: number | null;
  readonly boot: string | null;
  readonly via: LinkId | null;
  readonly activeLink: LinkId | null;
  readonly links: ReadonlyMap<LinkId, LinkReport>;
  readonly position: { readonly lat: number; readonly lon: number } | null;
  /** The heartbeat's own `metrics` (first) and its `samples`. Empty for `{}`. */
  readonly samples: readonly Sample[];
  readonly source: { readonly adapter: string | null; readonly frame: string | null } | null;
}
