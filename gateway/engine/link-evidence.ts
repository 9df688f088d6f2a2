/** What is said of a link, by its own heartbeats and by what devices report of it: the newest wins. */
import type { DeviceId } from '../model/ids.ts';
import type { Liveness } from '../model/state.ts';
import { millis, type Instant, type Millis, type MonoTime, type WallTime } from '../model/time.ts';
import { LATE_FACTOR, type Life, type LifeTiming } from './liveness.ts';

export interface ReportEvidence {
  readonly up: boolean;
  readonly by: DeviceId;
  readonly at: MonoTime;
  readonly wall: WallTime;
  /** A report counts for its reporter's dead interval. */
  readonly validUntil: MonoTime;
  /** How many reports in a row said the same. */
  readonly agreeing: number;
}

export function takeReport(
  previous: ReportEvidence | null, report: { up: boolean; by: DeviceId; validFor: Millis }, now: Instant,
): ReportEvidence {
  const agrees = previous !== null && previous.up === report.up && now.mono < previous.validUntil;
  return {
    up: report.up, by: report.by, at: now.mono, wall: now.wall,
    validUntil: (now.mono + report.validFor) as MonoTime, agreeing: agrees ? previous.agreeing + 1 : 1,
  };
}

/**
 * The link's state: that of its own life, unless a newer report that still counts says otherwise. `up: false` needs two that agree, or one
 * while no heartbeat came within interval x 1.25. `up: true` is proof where the link itself is silent.
 */
export function judgeLink(life: Life, report: ReportEvidence | null, timing: LifeTiming, now: Instant): Liveness {
  if (report === null || now.mono >= report.validUntil) return life.is;
  const heardItself = life.lastHeard !== null && life.is !== 'down';
  if (heardItself && life.countFrom >= report.at) return life.is;
  if (report.up) return life.is === 'up' ? 'up' : life.is === 'late' ? 'late' : 'up';
  const silent = !heardItself || report.at - life.countFrom > millis(timing.interval * LATE_FACTOR);
  return report.agreeing >= 2 || silent ? 'down' : life.is;
}
