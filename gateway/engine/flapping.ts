/** Flapping: a flag beside the state. Too many transitions within a window set it; a stable time without any takes it away. */
import type { Millis, MonoTime } from '../model/time.ts';

export interface FlappingRule {
  readonly transitions: number;
  readonly within: Millis;
  readonly stable: Millis;
}
export interface Flapping {
  is: boolean;
  /** Times of the last transitions between heard and down; at most `transitions` are kept. */
  at: MonoTime[];
}
export const beginFlapping = (): Flapping => ({ is: false, at: [] });

/** Notes one transition; true when this is the one that makes it flap. */
export function noteTransition(flapping: Flapping, now: MonoTime, rule: FlappingRule): boolean {
  flapping.at.push(now);
  while (flapping.at.length > rule.transitions) flapping.at.shift();
  const first = flapping.at[0];
  const many = flapping.at.length === rule.transitions && first !== undefined && now - first <= rule.within;
  if (flapping.is || !many) return false;
  flapping.is = true;
  return true;
}

/** True when it has been stable long enough, and the flag is taken away. */
export function settle(flapping: Flapping, now: MonoTime, rule: FlappingRule): boolean {
  const last = flapping.at.at(-1);
  if (!flapping.is || (last !== undefined && now - last < rule.stable)) return false;
  flapping.is = false;
  flapping.at = [];
  return true;
}
