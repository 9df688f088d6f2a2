import { describe, expect, it } from 'vitest';
import { beginLife, expireLife, heardLife, nextLifeDeadline, offlineLife, type Life } from '../../gateway/engine/liveness.ts';
import type { Liveness } from '../../gateway/model/state.ts';
import { millis, monoTime, wallTime, type Instant } from '../../gateway/model/time.ts';

const timing = { interval: millis(10_000), deadInterval: millis(30_000), recover: 2 };
const at = (seconds: number): Instant => ({ wall: wallTime(1_790_000_000_000 + seconds * 1000), mono: monoTime(seconds * 1000) });

/** A life in each state at second 100, its last heartbeat at the second given. */
const lives: Record<Liveness, () => Life> = {
  unknown: () => beginLife(at(100), timing),
  up: () => { const life = beginLife(at(60), timing); heardLife(life, at(100), timing, 2); return life; },
  late: () => { const life = beginLife(at(60), timing); heardLife(life, at(85), timing, 2); expireLife(life, at(100), timing, false); return life; },
  down: () => { const life = beginLife(at(0), timing); heardLife(life, at(50), timing, 2); expireLife(life, at(100), timing, false); return life; },
};
const inputs = {
  'one heartbeat': (life: Life) => heardLife(life, at(101), timing, 2),
  'two heartbeats within the dead interval': (life: Life) => { heardLife(life, at(101), timing, 2); heardLife(life, at(130), timing, 2); },
  'two heartbeats further apart than the dead interval': (life: Life) => { heardLife(life, at(101), timing, 2); heardLife(life, at(132), timing, 2); },
  'one heartbeat out of isolation': (life: Life) => heardLife(life, at(101), timing, 1),
  'an offline': (life: Life) => offlineLife(life, at(100)),
  'silence up to just before interval x 1.25': (life: Life) => expireLife(life, at(112.4), timing, false),
  'silence beyond interval x 1.25': (life: Life) => expireLife(life, at(112.5), timing, false),
  'silence up to just before the dead interval': (life: Life) => { expireLife(life, at(112.5), timing, false); expireLife(life, at(114.9), timing, false); },
  'silence beyond the dead interval': (life: Life) => { expireLife(life, at(112.5), timing, false); expireLife(life, at(130), timing, false); },
  'an offline and then half of what was left': (life: Life) => { offlineLife(life, at(100)); expireLife(life, at(115), timing, false); },
  'silence beyond the dead interval while our own store refuses': (life: Life) => { expireLife(life, at(130), timing, true); },
};
const table: Record<keyof typeof inputs, Record<Liveness, Liveness>> = {
  'one heartbeat': { unknown: 'up', up: 'up', late: 'up', down: 'down' },
  'two heartbeats within the dead interval': { unknown: 'up', up: 'up', late: 'up', down: 'up' },
  'two heartbeats further apart than the dead interval': { unknown: 'up', up: 'up', late: 'up', down: 'down' },
  'one heartbeat out of isolation': { unknown: 'up', up: 'up', late: 'up', down: 'up' },
  'an offline': { unknown: 'unknown', up: 'late', late: 'late', down: 'down' },
  'silence up to just before interval x 1.25': { unknown: 'unknown', up: 'up', late: 'late', down: 'down' },
  'silence beyond interval x 1.25': { unknown: 'unknown', up: 'late', late: 'late', down: 'down' },
  'silence up to just before the dead interval': { unknown: 'unknown', up: 'late', late: 'late', down: 'down' },
  'silence beyond the dead interval': { unknown: 'down', up: 'down', late: 'down', down: 'down' },
  'an offline and then half of what was left': { unknown: 'down', up: 'down', late: 'down', down: 'down' },
  'silence beyond the dead interval while our own store refuses': { unknown: 'unknown', up: 'unknown', late: 'unknown', down: 'down' },
};

describe('liveness: every state and input', () => {
  for (const [name, run] of Object.entries(inputs) as [keyof typeof inputs, (life: Life) => unknown][]) {
    for (const before of ['unknown', 'up', 'late', 'down'] as const) {
      it(`${name} takes ${before} to ${table[name][before]}`, () => {
        const life = lives[before]();
        expect(life.is).toBe(before);
        run(life);
        expect(life.is).toBe(table[name][before]);
      });
    }
  }

  it('asks for no deadline once it is down, and for the late one first while it is up', () => {
    expect(nextLifeDeadline(lives.down(), timing)).toBeNull();
    expect(nextLifeDeadline(lives.up(), timing)).toBe(112_500);
    expect(nextLifeDeadline(lives.late(), timing)).toBe(115_000);
  });

  it('takes a first heartbeat as up even where the wait for it had already ended in down', () => {
    const life = beginLife(at(0), timing);
    expireLife(life, at(31), timing, false);
    expect(life.is).toBe('down');
    heardLife(life, at(40), timing, 2);
    expect(life.is).toBe('up');
  });
});
