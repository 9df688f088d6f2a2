/** What stands where the document says nothing. The reasons are in docs/configuration.md. */
import type { Bearer, DeviceKind } from '../model/state.ts';
import { minutes, millis, seconds, type Millis } from '../model/time.ts';
import type { Rules, Timing } from './arrangement.ts';

interface Pace { readonly interval: Millis; readonly misses: number }
export const LINK_PACE: Readonly<Record<Bearer, Pace>> = {
  'fibre': { interval: seconds(5), misses: 3 }, 'microwave': { interval: seconds(5), misses: 3 }, '5g': { interval: seconds(10), misses: 3 }, '4g': { interval: seconds(10), misses: 3 },
  'satellite': { interval: seconds(60), misses: 3 }, 'vhf': { interval: seconds(60), misses: 5 }, 'hf': { interval: seconds(60), misses: 5 }, 'mesh': { interval: seconds(60), misses: 5 },
};
const OTHER: Pace = { interval: seconds(30), misses: 3 };
export const DEVICE_PACE: Readonly<Record<DeviceKind, Pace>> = {
  'radio': { interval: seconds(60), misses: 3 }, 'repeater': { interval: seconds(60), misses: 3 }, 'ups': { interval: seconds(30), misses: 4 },
  'depot-equipment': { interval: seconds(30), misses: 4 }, 'flood-sensor': OTHER, 'vehicle': OTHER, 'link-agent': OTHER, 'other': OTHER,
};
/** From this interval on one heartbeat is proof enough of a return. */
const SLOW: Millis = minutes(5);

export function timing(pace: Pace, interval: Millis | null, misses: number | undefined, recover: number | undefined): Timing {
  const every = interval ?? pace.interval;
  const allowed = misses ?? pace.misses;
  return { interval: every, misses: allowed, deadInterval: millis(every * allowed), recover: recover ?? (every >= SLOW ? 1 : 2) };
}

export const DEFAULT_RULES: Rules = {
  resolveAfter: seconds(300), failbackAfter: seconds(60), holdTelling: seconds(3), failoverStuckAfter: seconds(30),
  flapping: { transitions: 5, within: minutes(15), stable: minutes(15) },
};
/** Metres of water. */
export const LEVEL_HYSTERESIS = 0.1;
export const WATER_LEVEL_STEPS: readonly { readonly by: number; readonly per: Millis }[] = [{ by: 0.5, per: minutes(5) }, { by: 1, per: minutes(60) }];
export const BEARER_NAMES: Readonly<Record<Bearer, { readonly zh: string; readonly en: string }>> = {
  'fibre': { zh: '光缆', en: 'fibre' }, '5g': { zh: '5G', en: '5G' }, '4g': { zh: '4G', en: '4G' }, 'satellite': { zh: '卫星', en: 'satellite' },
  'microwave': { zh: '微波', en: 'microwave' }, 'hf': { zh: '短波', en: 'HF' }, 'vhf': { zh: '超短波', en: 'VHF' }, 'mesh': { zh: '自组网', en: 'mesh' },
};
