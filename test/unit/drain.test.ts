import { describe, expect, it } from 'vitest';
import type { HistoryStore, WriteOutcome } from '../../gateway/model/ports/history-store.ts';
import type { SpoolGroup } from '../../gateway/model/ports/journal.ts';
import { minutes } from '../../gateway/model/time.ts';
import { Drain } from '../../gateway/runtime/drain.ts';
import { ReleaseCursor } from '../../gateway/runtime/release-cursor.ts';
import { turn } from '../support/fake-journal.ts';
import { HandClock } from '../support/hand-clock.ts';
import { KeptLog, NOON, spoolGroup } from '../support/store.ts';

/** A spool of groups of ten, a history that answers what the test says, and a drain between them. */
function bench(groups: number, answer: (offered: readonly SpoolGroup[]) => WriteOutcome): { readonly drain: Drain; readonly clock: HandClock; readonly released: number[]; readonly trouble: (string | null)[]; readonly offered: [number, number][] } {
  const spool = Array.from({ length: groups }, (_, index) => spoolGroup(index * 10 + 1, Array.from({ length: 10 }, () => '{}')));
  const clock = new HandClock(NOON);
  const [released, trouble, offered]: [number[], (string | null)[], [number, number][]] = [[], [], []];
  let position = 0;
  const history: HistoryStore = {
    position: async () => position,
    write: async (given) => {
      const last = given.at(-1)!;
      offered.push([given[0]!.first, last.first + last.count - 1]);
      const outcome = answer(given);
      if (outcome.type === 'written') ({ position } = outcome);
      return outcome;
    },
    query: async () => ({ points: [], truncated: false }), metrics: async () => [], prune: async () => 0,
    status: async () => ({ position, durablePosition: position, points: 0, heartbeats: 0, oldest: null }),
    [Symbol.asyncDispose]: async () => undefined,
  };
  const cursor = new ReleaseCursor({ release: async (upTo) => { released.push(upTo); } }, ['it', 'other']);
  const journal = {
    readSpool: async (from: number) => spool.filter((group) => group.first + group.count > from),
    status: async () => ({ spoolBytes: 0 }) as never,
  };
  const drain = new Drain({
    journal, history, name: 'it', retention: minutes(1), busy: () => false, backlogBytes: 1, clock, log: new KeptLog(), chance: () => 0.5,
    reached: (upTo) => cursor.reach('it', upTo), trouble: (because) => { trouble.push(because); },
  });
  void cursor.reach('other', 5);
  return { drain, clock, released, trouble, offered };
}
async function settle(clock: HandClock, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 500) {
    clock.advance(500);
    await turn();
  }
}

describe('the drain', () => {
  it('goes on behind what the history says that it has taken, not behind what it was offered', async () => {
    const each = bench(3, (given) => ({ type: 'written', position: given[0]!.first + 9, points: 10 }));
    await each.drain.start();
    await turn();
    await settle(each.clock, 1_000);
    expect(each.offered).toEqual([[1, 30], [11, 30], [21, 30]]);
    await each.drain.stop();
  });

  it('offers the same again after longer and longer pauses, and as long as the history asks for', async () => {
    const outcomes: WriteOutcome[] = [{ type: 'unavailable', because: 'busy', retryAfterMs: 7_000 }, { type: 'unavailable', because: 'busy' }, { type: 'written', position: 10, points: 10 }];
    const each = bench(1, () => outcomes.shift() ?? { type: 'unavailable', because: 'end' });
    await each.drain.start();
    await turn();
    expect(each.offered).toHaveLength(1);
    await settle(each.clock, 6_500);
    expect(each.offered).toHaveLength(1);
    await settle(each.clock, 1_000);
    expect(each.offered).toHaveLength(2);
    expect(each.drain.failing).toBe(true);
    await settle(each.clock, 4_000);
    expect(each.offered).toHaveLength(3);
    expect(each.drain.failing).toBe(false);
    // Nothing but that all is well, in case an earlier run left the trouble open.
    expect(each.trouble).toEqual([null]);
    await each.drain.stop();
  });

  it('is trouble at once where somebody has to do something, else after a minute; and says when it is over', async () => {
    let answer: WriteOutcome = { type: 'unavailable', because: '401 authorization failed', misconfigured: true };
    const each = bench(1, () => answer);
    await each.drain.start();
    await turn();
    expect(each.trouble).toEqual(['401 authorization failed']);
    answer = { type: 'written', position: 10, points: 10 };
    await settle(each.clock, 31_000);
    expect(each.trouble).toEqual(['401 authorization failed', null]);
    await each.drain.stop();
    const slow = bench(1, () => ({ type: 'unavailable', because: 'ECONNREFUSED' }));
    await slow.drain.start();
    await settle(slow.clock, 55_000);
    expect(slow.trouble).toEqual([]);
    await settle(slow.clock, 60_000);
    expect(slow.trouble).toEqual(['ECONNREFUSED']);
    await slow.drain.stop();
  });

  it('lets the spool go only up to where the slowest history is', async () => {
    const each = bench(2, () => ({ type: 'written', position: 20, points: 20 }));
    await each.drain.start();
    await turn();
    await turn();
    expect(each.released.at(-1)).toBe(5);
    await each.drain.stop();
  });
});
