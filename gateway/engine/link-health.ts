/** Is a link that carries still good enough? By loss and round-trip time, against the link's own past. */
import type { Bearer } from '../model/state.ts';
import type { MonoTime, WallTime } from '../model/time.ts';

const WINDOW_MS = 30_000;
const WINDOWS = 6;
const NEEDED = 5;
const BAD_LOSS_PCT = 5;
const RTT_FACTOR = 3;
const DAY_MS = 86_400_000;
const DAYS = 7;
/** Fewer samples than this say nothing of what is normal for the link. */
const BASELINE_SAMPLES = 60;

/** Round-trip times of one day in buckets of a tenth of an octave; bucket b covers 2^(b/10) ms. */
interface Day { readonly day: number; readonly counts: Record<number, number>; total: number }
export interface HealthState {
  degraded: boolean;
  /** Verdicts of the last windows, oldest first. */
  windows: ('bad' | 'good' | 'between')[];
  window: { index: number; rttSum: number; rttCount: number; lossSum: number; lossCount: number } | null;
  days: Day[];
}
export const beginHealth = (): HealthState => ({ degraded: false, windows: [], window: null, days: [] });

export interface LinkSample { readonly rtt_ms: number | null; readonly loss_pct: number | null }

/** Takes one measurement; true when `degraded` changed. A window is judged when the first sample of a later one comes. */
export function takeSample(state: HealthState, sample: LinkSample, bearer: Bearer, mono: MonoTime, wall: WallTime): boolean {
  const index = Math.floor(mono / WINDOW_MS);
  const closed = state.window !== null && state.window.index !== index ? closeWindow(state, bearer) : false;
  state.window ??= { index, rttSum: 0, rttCount: 0, lossSum: 0, lossCount: 0 };
  if (sample.loss_pct !== null) {
    state.window.lossSum += sample.loss_pct;
    state.window.lossCount += 1;
  }
  if (sample.rtt_ms !== null && sample.rtt_ms > 0) {
    state.window.rttSum += sample.rtt_ms;
    state.window.rttCount += 1;
    remember(state, sample.rtt_ms, wall);
  }
  return closed;
}

/** Median round-trip time of the last seven days in ms, to a tenth of an octave; null until there are enough samples. */
export function baseline(state: HealthState): number | null {
  const counts = new Map<number, number>();
  let total = 0;
  for (const day of state.days) {
    total += day.total;
    for (const [bucket, count] of Object.entries(day.counts)) counts.set(Number(bucket), (counts.get(Number(bucket)) ?? 0) + count);
  }
  if (total < BASELINE_SAMPLES) return null;
  let seen = 0;
  for (const bucket of [...counts.keys()].sort((a, b) => a - b)) {
    seen += counts.get(bucket) ?? 0;
    if (seen * 2 >= total) return 2 ** (bucket / 10);
  }
  return null;
}

function closeWindow(state: HealthState, bearer: Bearer): boolean {
  const { window } = state;
  state.window = null;
  if (window === null) return false;
  const normal = baseline(state);
  const limit = normal === null ? Infinity : Math.max(RTT_FACTOR * normal, bearer === 'satellite' ? 1_200 : 150);
  const rtt = window.rttCount > 0 ? window.rttSum / window.rttCount : 0;
  const loss = window.lossCount > 0 ? window.lossSum / window.lossCount : 0;
  const bad = loss >= BAD_LOSS_PCT || rtt > limit;
  const good = loss < BAD_LOSS_PCT / 2 && rtt <= limit / 2;
  state.windows.push(bad ? 'bad' : good ? 'good' : 'between');
  if (state.windows.length > WINDOWS) state.windows.shift();
  const count = (verdict: string): number => state.windows.filter((each) => each === verdict).length;
  const before = state.degraded;
  if (!before && count('bad') >= NEEDED) state.degraded = true;
  else if (before && count('good') >= NEEDED) state.degraded = false;
  return state.degraded !== before;
}

function remember(state: HealthState, rtt: number, wall: WallTime): void {
  const number = Math.floor(wall / DAY_MS);
  let day = state.days.at(-1);
  if (day === undefined || day.day !== number) {
    day = { day: number, counts: {}, total: 0 };
    state.days.push(day);
    state.days = state.days.filter((each) => each.day > number - DAYS).slice(-DAYS);
  }
  const bucket = Math.max(0, Math.min(170, Math.round(10 * Math.log2(rtt))));
  day.counts[bucket] = (day.counts[bucket] ?? 0) + 1;
  day.total += 1;
}
