/**
 * Liveness of one device or link, by receipt time alone. A mutable record and four transitions on it; each returns the state left behind
 * when `is` changed, else null. Rules: docs/ARCHITECTURE.md, "Liveness".
 */
import type { Liveness } from '../model/state.ts';
import { later, millis, type Instant, type Millis, type MonoTime, type WallTime } from '../model/time.ts';

export interface LifeTiming {
  readonly interval: Millis;
  readonly deadInterval: Millis;
  readonly recover: number;
}
export interface Life {
  is: Liveness;
  since: WallTime;
  /** Last heartbeat, or null if there never was one. */
  lastHeard: WallTime | null;
  /** Where the deadlines are counted from: the last heartbeat, the start, or the return of its site. */
  countFrom: MonoTime;
  /** When it goes down if nothing is heard; earlier than countFrom + dead interval after an `offline`. */
  downAt: MonoTime;
  /** Heartbeats in a row heard while down. */
  streak: number;
}

export const LATE_FACTOR = 1.25;

export function beginLife(now: Instant, timing: LifeTiming): Life {
  return { is: 'unknown', since: now.wall, lastHeard: null, countFrom: now.mono, downAt: later(now.mono, timing.deadInterval), streak: 0 };
}

/** A heartbeat. `recover` is how many in a row lead out of `down`: the subject's own figure, or 1 out of isolation. */
export function heardLife(life: Life, now: Instant, timing: LifeTiming, recover: number): Liveness | null {
  const before = life.is;
  const gap = now.mono - life.countFrom;
  const neverHeard = life.lastHeard === null;
  life.lastHeard = now.wall;
  life.countFrom = now.mono;
  life.downAt = later(now.mono, timing.deadInterval);
  if (before === 'down' && !neverHeard) {
    life.streak = gap <= timing.deadInterval && life.streak > 0 ? life.streak + 1 : 1;
    if (life.streak < recover) return null;
  }
  life.streak = 0;
  if (before === 'up') return null;
  return become(life, 'up', now);
}

/** An own `offline` or a Will: late at once and half of what is left, never down by itself. */
export function offlineLife(life: Life, now: Instant): Liveness | null {
  life.streak = 0;
  if (life.is === 'down') return null;
  life.downAt = later(now.mono, millis(Math.max(0, life.downAt - now.mono) / 2));
  return life.is === 'up' ? become(life, 'late', now) : null;
}

/** When this life wants to be looked at next; null when silence can change nothing more. */
export function nextLifeDeadline(life: Life, timing: LifeTiming): MonoTime | null {
  switch (life.is) {
    case 'up': return Math.min(lateAt(life, timing), life.downAt) as MonoTime;
    case 'late': case 'unknown': return life.downAt;
    case 'down': return null;
  }
}

/** Time passed. `blind`: our own store refuses messages, so that silence proves nothing and the worst to be said is `unknown`. */
export function expireLife(life: Life, now: Instant, timing: LifeTiming, blind: boolean): Liveness | null {
  if (life.is === 'down') return null;
  if (now.mono >= life.downAt) {
    if (!blind) return become(life, 'down', now);
    life.downAt = later(now.mono, timing.deadInterval);
    return life.is === 'unknown' ? null : become(life, 'unknown', now);
  }
  return life.is === 'up' && now.mono >= lateAt(life, timing) ? become(life, 'late', now) : null;
}

/** Starts the count anew without claiming to have heard anything: after a restart, or when the way to the subject has come back. */
export function renewLife(life: Life, now: Instant, timing: LifeTiming): void {
  life.countFrom = now.mono;
  life.downAt = later(now.mono, timing.deadInterval);
}

const lateAt = (life: Life, timing: LifeTiming): MonoTime => later(life.countFrom, millis(timing.interval * LATE_FACTOR));

function become(life: Life, is: Liveness, now: Instant): Liveness {
  const before = life.is;
  life.is = is;
  life.since = now.wall;
  if (is === 'down') life.streak = 0;
  return before;
}
