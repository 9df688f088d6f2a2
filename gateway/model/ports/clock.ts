import type { Instant, Millis } from '../time.ts';

/** The only way to learn the time and to wait. Logic gets one as an argument; tests drive theirs by hand. */
export interface Clock {
  now(): Instant;
  /** Runs `task` once after `delay`; returns what cancels it. */
  after(delay: Millis, task: () => void): () => void;
}
