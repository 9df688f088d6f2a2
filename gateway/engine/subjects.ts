/** The engine's mutable records of devices, links and sites, and how each is kept over a restart. */
import type { Device, Link, Site } from '../arrangement/arrangement.ts';
import type { DeviceId, LinkId } from '../model/ids.ts';
import type { DeviceIs, Liveness, PathState, Verdict } from '../model/state.ts';
import type { Instant, MonoTime, WallTime } from '../model/time.ts';
import { timer, type Timer } from './deadlines.ts';
import { beginClock, type DeviceClock } from './device-clock.ts';
import { beginFlapping, type Flapping } from './flapping.ts';
import { beginLedger, type GapLedger } from './gap-ledger.ts';
import { beginHealth, type HealthState } from './link-health.ts';
import type { ReportEvidence } from './link-evidence.ts';
import { beginLife, type Life } from './liveness.ts';
import type { Observation } from './plausibility.ts';
import type { LevelState } from './thresholds.ts';

/** Names kept for the live view; the history keeps every one. */
export const MAX_METRIC_NAMES = 256;

export interface MetricState {
  value: number;
  at: WallTime;
  quality: 'ok' | 'suspect';
  /** The last reading that could be believed; steps and levels are measured from it. */
  plausible: Observation | null;
  /** Plausible readings in a row since the last suspect one. */
  sound: number;
  above: LevelState;
  below: LevelState;
  /** How often it comes, as learned, ms; null until it came twice. */
  every: number | null;
  /** When it came last. */
  heardAt: MonoTime;
  stale: boolean;
  /** From where it has not moved by as much as it should; only for metrics that must move. */
  anchor: Observation | null;
  stuck: boolean;
}
export interface DeviceState {
  device: Device;
  readonly life: Life;
  readonly flapping: Flapping;
  is: DeviceIs;
  since: WallTime;
  verdict: Verdict;
  /** The isolated site that it is behind, while unreachable. */
  behind: string | null;
  /** How its last heartbeat came, if it said so. */
  via: LinkId | null;
  offlineBy: 'itself' | 'will' | null;
  readonly metrics: Map<string, MetricState>;
  missing: readonly string[];
  /** Spool position of the last record whose readings are reflected here. */
  position: number;
  readonly clock: DeviceClock;
  ledger: GapLedger;
  readonly lifeTimer: Timer;
  readonly flappingTimer: Timer;
  readonly staleTimer: Timer;
}
export interface LinkState {
  link: Link;
  readonly life: Life;
  readonly flapping: Flapping;
  report: ReportEvidence | null;
  is: Liveness;
  since: WallTime;
  verdict: Verdict;
  /** Proof by `via` of this device, or by its own heartbeat (null). */
  provedBy: DeviceId | null;
  /** Until when it may not take over again after it came back; null when it is free. */
  holdUntil: MonoTime | null;
  readonly health: HealthState;
  readonly metrics: Map<string, { value: number; at: WallTime }>;
  position: number;
  readonly lifeTimer: Timer;
  readonly reportTimer: Timer;
  readonly flappingTimer: Timer;
}
export interface SiteState {
  site: Site;
  path: PathState | null;
  active: { readonly link: LinkId; readonly by: DeviceId; readonly validUntil: MonoTime } | null;
  /** When it became isolated; devices not heard after that are unreachable. Null while it is not. */
  isolatedAt: MonoTime | null;
  /** It has sat on a dead link for longer than the rule allows, though another works. */
  stuck: boolean;
  dark: 'no' | 'probable' | 'confirmed';
  /** Since when its devices say that mains power is lost; null while it is there, or nothing was said. */
  mains: MainsLoss | null;
  readonly holdTimer: Timer;
  readonly stuckTimer: Timer;
  readonly reportTimer: Timer;
  readonly mainsTimer: Timer;
}
export interface MainsLoss {
  readonly lostAt: WallTime;
  /** It lasts; a dip is over by now. */
  confirmed: boolean;
  left_min: number | null;
  left_pct: number | null;
}

export function beginDevice(device: Device, now: Instant): DeviceState {
  return {
    device, life: beginLife(now, device.timing), flapping: beginFlapping(), is: 'unknown', since: now.wall, verdict: null, behind: null, via: null, offlineBy: null,
    metrics: new Map(), missing: [], position: 0, clock: beginClock(), ledger: beginLedger(now.wall), staleTimer: timer('device-stale', device.id), lifeTimer: timer('device-life', device.id), flappingTimer: timer('device-flapping', device.id),
  };
}
export function beginLink(link: Link, now: Instant): LinkState {
  return {
    link, life: beginLife(now, link.timing), flapping: beginFlapping(), report: null, is: 'unknown', since: now.wall, verdict: null, provedBy: null, holdUntil: null,
    health: beginHealth(), metrics: new Map(), position: 0,
    lifeTimer: timer('link-life', link.id), reportTimer: timer('link-report', link.id), flappingTimer: timer('link-flapping', link.id),
  };
}
export function beginSite(site: Site): SiteState {
  return {
    site, path: null, active: null, isolatedAt: null, stuck: false, dark: 'no', mains: null,
    holdTimer: timer('site-hold', site.id), stuckTimer: timer('site-stuck', site.id), reportTimer: timer('site-report', site.id),
    mainsTimer: timer('site-mains', site.id),
  };
}
export const beginMetric = (): Omit<MetricState, 'value' | 'at' | 'quality'> => ({
  plausible: null, sound: 0, above: { level: -1, clearing: 0 }, below: { level: -1, clearing: 0 }, every: null, heardAt: 0 as MonoTime, stale: false, anchor: null, stuck: false,
});
