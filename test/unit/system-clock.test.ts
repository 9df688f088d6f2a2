import { afterEach, expect, test, vi } from 'vitest';
import { SystemClock } from '../../gateway/runtime/system-clock.ts';
import { millis } from '../../gateway/model/time.ts';

const WEEKS_8 = millis(8 * 7 * 24 * 3_600_000);
afterEach(() => vi.useRealTimers());

test('a delay beyond 2^31 ms runs its task once, after that delay and not at once', () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
  let runs = 0;
  new SystemClock().after(WEEKS_8, () => { runs += 1; });
  vi.advanceTimersByTime(WEEKS_8 - 1);
  expect(runs).toBe(0);
  vi.advanceTimersByTime(1);
  expect(runs).toBe(1);
  vi.advanceTimersByTime(WEEKS_8);
  expect(runs).toBe(1);
});

test('what is cancelled never runs, not even in the later part of a long wait', () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
  let runs = 0;
  const cancel = new SystemClock().after(WEEKS_8, () => { runs += 1; });
  vi.advanceTimersByTime(2_147_483_648);
  cancel();
  vi.advanceTimersByTime(WEEKS_8);
  expect(runs).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});

test('a negative delay runs at the next turn and NaN is refused', async () => {
  const clock = new SystemClock();
  await new Promise<void>((resolve) => { clock.after(millis(-5), resolve); });
  expect(() => clock.after(millis(Number.NaN), () => {})).toThrow(RangeError);
});

test('a task never runs before its delay is over by the monotonic clock', async () => {
  const clock = new SystemClock();
  for (let round = 0; round < 40; round += 1) {
    const start = clock.now().mono;
    await new Promise<void>((resolve) => { clock.after(millis(1.7), resolve); });
    expect(clock.now().mono - start).toBeGreaterThanOrEqual(1.7);
  }
});

test('the monotonic reading does not follow the wall clock', () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const clock = new SystemClock();
  const before = clock.now();
  vi.setSystemTime(before.wall + 86_400_000);
  const after = clock.now();
  expect(after.wall - before.wall).toBeGreaterThanOrEqual(86_400_000);
  expect(after.mono - before.mono).toBeLessThan(1_000);
});
