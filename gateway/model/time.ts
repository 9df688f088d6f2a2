/**
 * Three kinds of time that must never be mixed up. `WallTime` is shown and stored, never compared for liveness;
 * `MonoTime` is for deadlines, never stored; `Millis` is a length of time. All are milliseconds.
 */
declare const unit: unique symbol;

/** Epoch milliseconds, as the wall clock said. May jump. */
export type WallTime = number & { readonly [unit]: 'wall' };
/** Milliseconds of a clock that never jumps and means nothing outside this process. */
export type MonoTime = number & { readonly [unit]: 'mono' };
/** A duration in milliseconds. */
export type Millis = number & { readonly [unit]: 'millis' };

/** One reading of both clocks, taken together. */
export interface Instant {
  readonly wall: WallTime;
  readonly mono: MonoTime;
}

export const wallTime = (ms: number): WallTime => ms as WallTime;
export const monoTime = (ms: number): MonoTime => ms as MonoTime;
export const millis = (ms: number): Millis => ms as Millis;

/** `at` moved by `by`; the only arithmetic that deadlines need. */
export const later = (at: MonoTime, by: Millis): MonoTime => (at + by) as MonoTime;
export const seconds = (count: number): Millis => (count * 1000) as Millis;
export const minutes = (count: number): Millis => (count * 60_000) as Millis;
