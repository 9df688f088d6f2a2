/** The levels of one metric in one direction: a ladder. Up at one plausible reading, down only after three through the hysteresis. */
import type { Threshold } from '../arrangement/arrangement.ts';

export const CLEARING_READINGS = 3;

export interface LevelState {
  /** Index into the levels of the one that stands; -1 for none. */
  level: number;
  /** Plausible readings in a row that passed the standing level's clear value. */
  clearing: number;
}
export const beginLevel = (): LevelState => ({ level: -1, clearing: 0 });

/** `mayClear` is false for late data, which may raise a level and end none. Takes one plausible reading, newer than those before; true when the standing level changed. `levels` are milder first, all of one direction. */
export function takeReading(state: LevelState, value: number, levels: readonly Threshold[], mayClear = true): boolean {
  const exceeded = levels.findLastIndex((level) => beyond(value, level));
  if (exceeded > state.level) {
    state.level = exceeded;
    state.clearing = 0;
    return true;
  }
  const standing = levels[state.level];
  if (standing === undefined || !mayClear) return false;
  if (!cleared(value, standing)) {
    state.clearing = 0;
    return false;
  }
  state.clearing += 1;
  if (state.clearing < CLEARING_READINGS) return false;
  state.level = levels.findLastIndex((level, index) => index < state.level && !cleared(value, level));
  state.clearing = 0;
  return true;
}

export function beyond(value: number, level: Threshold): boolean {
  return level.above !== null ? value >= level.above : level.below !== null && value <= level.below;
}
function cleared(value: number, level: Threshold): boolean {
  return level.above !== null ? value <= level.clear : value >= level.clear;
}
/** How far `value` is past the level, positive when it is. */
export function excess(value: number, level: Threshold): number {
  return level.above !== null ? value - level.above : (level.below ?? value) - value;
}
