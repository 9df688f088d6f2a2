/** State rows: what of a subject is kept over a restart, and how it comes back. Monotonic times are kept as run time, which goes on where the last run stopped. */
import type { StateRow } from '../model/ports/journal.ts';
import type { DeviceIs, Liveness, PathState, Verdict } from '../model/state.ts';
import type { LinkId } from '../model/ids.ts';
import type { Instant, MonoTime, WallTime } from '../model/time.ts';
import type { DeviceClock } from './device-clock.ts';
import type { GapLedger } from './gap-ledger.ts';
import type { HealthState } from './link-health.ts';
import { renewLife, type Life, type LifeTiming } from './liveness.ts';
import type { DeviceState, LinkState, MetricState, SiteState } from './subjects.ts';

interface StoredLife { is: Liveness; since: WallTime; lastHeard: WallTime | null; countFrom: MonoTime; downAt: MonoTime }
interface StoredDevice {
  life: StoredLife; is: DeviceIs; since: WallTime; verdict: Verdict; behind: string | null; via: LinkId | null; flapping: { is: boolean; at: MonoTime[] };
  metrics: [string, MetricState][]; position: number; clock?: DeviceClock; ledger?: GapLedger;
}
interface StoredLink {
  life: StoredLife; is: Liveness; since: WallTime; verdict: Verdict; flapping: { is: boolean; at: MonoTime[] };
  health: HealthState; metrics: [string, { value: number; at: WallTime }][]; position: number;
}
interface StoredSite { path: PathState | null; stuck: boolean; dark: SiteState['dark']; mains?: SiteState['mains'] }

const storeLife = ({ is, since, lastHeard, countFrom, downAt }: Life): StoredLife => ({ is, since, lastHeard, countFrom, downAt });

/**
 * What was up or late comes back as up, what was down stays down. With `renew` the deadline is a full one; without (a crash loop) it goes on
 * from where it stood.
 */
function restoreLife(life: Life, stored: StoredLife, now: Instant, timing: LifeTiming, renew: boolean): void {
  life.is = stored.is === 'late' && renew ? 'up' : stored.is;
  life.since = stored.since;
  life.lastHeard = stored.lastHeard;
  life.streak = 0;
  if (stored.is === 'down') {
    // Silent for at least its dead interval: whatever is heard of its site after the restart is newer than that.
    life.countFrom = (now.mono - timing.deadInterval) as MonoTime;
    life.downAt = now.mono;
    return;
  }
  if (renew) return renewLife(life, now, timing);
  life.countFrom = stored.countFrom;
  life.downAt = stored.downAt;
}

export function storeDevice(state: DeviceState): StateRow {
  const { life, is, since, verdict, behind, via, flapping, metrics, position, clock, ledger } = state;
  const stored: StoredDevice = { life: storeLife(life), is, since, verdict, behind, via, flapping, metrics: [...metrics], position, clock, ledger };
  return { key: `device/${state.device.id}`, json: JSON.stringify(stored) };
}
export function restoreDevice(state: DeviceState, json: string, now: Instant, renew: boolean): void {
  const stored = JSON.parse(json) as StoredDevice;
  restoreLife(state.life, stored.life, now, state.device.timing, renew);
  state.is = stored.is === 'late' && renew ? 'up' : stored.is;
  Object.assign(state.flapping, stored.flapping);
  state.since = stored.since;
  state.verdict = stored.verdict;
  state.behind = stored.behind;
  state.via = stored.via;
  for (const [name, metric] of stored.metrics) state.metrics.set(name, metric);
  state.position = stored.position;
  Object.assign(state.clock, stored.clock);
  state.ledger = stored.ledger ?? state.ledger;
}

export function storeLink(state: LinkState): StateRow {
  const { life, is, since, verdict, flapping, health, metrics, position } = state;
  const stored: StoredLink = { life: storeLife(life), is, since, verdict, flapping, health, metrics: [...metrics], position };
  return { key: `link/${state.link.id}`, json: JSON.stringify(stored) };
}
export function restoreLink(state: LinkState, json: string, now: Instant, renew: boolean): void {
  const stored = JSON.parse(json) as StoredLink;
  restoreLife(state.life, stored.life, now, state.link.timing, renew);
  state.is = stored.is === 'late' && renew ? 'up' : stored.is;
  Object.assign(state.flapping, stored.flapping);
  Object.assign(state.health, stored.health, { window: null });
  state.since = stored.since;
  state.verdict = stored.verdict;
  for (const [name, metric] of stored.metrics) state.metrics.set(name, metric);
  state.position = stored.position;
}

export function storeSite(state: SiteState): StateRow {
  const stored: StoredSite = { path: state.path === null ? null : { ...state.path, holdUntil: null }, stuck: state.stuck, dark: state.dark, mains: state.mains };
  return { key: `site/${state.site.id}`, json: JSON.stringify(stored) };
}
export function restoreSite(state: SiteState, json: string, now: Instant): void {
  const stored = JSON.parse(json) as StoredSite;
  // A link that has left the arrangement meanwhile carries nothing.
  state.path = stored.path !== null && (stored.path.carries === null || state.site.links.includes(stored.path.carries)) ? stored.path : null;
  state.isolatedAt = state.path?.is === 'isolated' ? now.mono : null;
  state.stuck = stored.stuck;
  state.dark = stored.dark;
  state.mains = stored.mains ?? null;
}

/** What the engine keeps of itself: how long it has run in all, and when it was started lately. */
export interface StoredEngine { readonly runtimeMs: number; readonly starts: readonly WallTime[] }
export const ENGINE_KEY = 'engine';
export function readEngineRow(rows: readonly StateRow[]): StoredEngine {
  const json = rows.find((row) => row.key === ENGINE_KEY)?.json;
  return json === undefined || json === null ? { runtimeMs: 0, starts: [] } : JSON.parse(json) as StoredEngine;
}
