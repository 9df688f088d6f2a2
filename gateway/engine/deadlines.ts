/** All deadlines of the engine in one heap, so that the whole program needs one timer. */
import TinyQueue from 'tinyqueue';
import type { Millis, MonoTime } from '../model/time.ts';

/** What happens when a deadline comes; `id` is of the subject that owns it. */
export type TimerKind =
  | 'device-life' | 'device-flapping' | 'device-stale' | 'link-life' | 'link-report' | 'link-flapping'
  | 'site-hold' | 'site-stuck' | 'site-report' | 'site-mains' | 'gateway-blind' | 'alert-tell' | 'alert-resolve';
export interface Timer {
  readonly kind: TimerKind;
  readonly id: string;
  /** When it is due; Infinity while it is off. Read only: set through Deadlines. */
  at: number;
  /** The earliest entry that the heap holds for it. Only Deadlines touches it. */
  armed: number;
}
export const timer = (kind: TimerKind, id: string): Timer => ({ kind, id, at: Infinity, armed: Infinity });

interface Entry { readonly at: number; readonly timer: Timer }

/**
 * A timer that moves later costs nothing: its old entry stays and is put back when it surfaces. So a heartbeat, which only ever
 * moves a deadline later, is O(1), and the heap holds about one entry a subject.
 */
export class Deadlines {
  readonly #heap: TinyQueue<Entry> = new TinyQueue<Entry>([], (a, b) => a.at - b.at);

  set(timer: Timer, at: MonoTime): void {
    timer.at = at;
    if (at < timer.armed) {
      timer.armed = at;
      this.#heap.push({ at, timer });
    }
  }

  clear(timer: Timer): void {
    timer.at = Infinity;
  }

  /** The next timer due at `now`, switched off; null when none is. */
  takeDue(now: MonoTime): Timer | null {
    for (let top = this.#heap.peek(); top !== undefined && top.at <= now; top = this.#heap.peek()) {
      this.#heap.pop();
      const { timer } = top;
      if (top.at !== timer.armed) continue;
      timer.armed = Infinity;
      if (timer.at > now) {
        if (timer.at !== Infinity) this.set(timer, timer.at as MonoTime);
        continue;
      }
      timer.at = Infinity;
      return timer;
    }
    return null;
  }

  /** At or before the earliest deadline; null when there is none. */
  next(): MonoTime | null {
    return (this.#heap.peek()?.at ?? null) as MonoTime | null;
  }

  /** Moves every deadline by `by`: the program itself stood still. */
  shift(by: Millis): void {
    const timers = new Set<Timer>();
    for (let entry = this.#heap.pop(); entry !== undefined; entry = this.#heap.pop()) timers.add(entry.timer);
    for (const each of timers) {
      each.armed = Infinity;
      if (each.at !== Infinity) this.set(each, (each.at + by) as MonoTime);
    }
  }
}
