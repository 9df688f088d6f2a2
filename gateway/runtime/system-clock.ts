/** The clock of the running program: the only place where the time is read and timers are set. */
import { millis, monoTime, wallTime, type Instant, type Millis } from '../model/time.ts';
import type { Clock } from '../model/ports/clock.ts';

/** Node fires a timer with a longer delay at once (it keeps the delay in a signed 32-bit integer), so long waits are made of parts. */
const LONGEST_TIMER_MS = 2_147_483_647;

/**
 * `Clock` over `performance.now` (monotonic, does not follow changes of the wall clock) and `Date.now`.
 * A task never runs before its delay is over by the monotonic clock: Node's own timers may fire up to a millisecond early, and a deadline that
 * is looked at too early would set itself again.
 */
export class SystemClock implements Clock {
  now(): Instant {
    return { wall: wallTime(Date.now()), mono: monoTime(performance.now()) };
  }

  /** @param delay at least 0; NaN is a programming error and throws. */
  after(delay: Millis, task: () => void): () => void {
    if (Number.isNaN(delay)) throw new RangeError('a delay must be a number of milliseconds, not NaN');
    const due = performance.now() + Math.max(0, delay);
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const left = millis(Math.min(LONGEST_TIMER_MS, Math.max(0, Math.ceil(due - performance.now()))));
      timer = setTimeout(() => {
        if (performance.now() < due) arm();
        else task();
      }, left);
    };
    arm();
    return () => clearTimeout(timer);
  }
}
