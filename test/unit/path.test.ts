import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decidePath, type PathLink, type PathQuestion } from '../../gateway/engine/path.ts';
import type { LinkId } from '../../gateway/model/ids.ts';
import type { Liveness, PathIs } from '../../gateway/model/state.ts';
import { monoTime } from '../../gateway/model/time.ts';

const link = (id: string, is: Liveness, more: Partial<PathLink> = {}): PathLink => ({ id: id as LinkId, is, degraded: false, flapping: false, holdUntil: null, ...more });
const ask = (links: readonly PathLink[], more: Partial<PathQuestion> = {}): ReturnType<typeof decidePath> =>
  decidePath({ links, carried: null, heardOtherwise: false, reported: null, failoverOnDegraded: false, now: monoTime(100_000), ...more });
const hold = { holdUntil: monoTime(130_000) };

const rows: readonly (readonly [string, readonly PathLink[], Partial<PathQuestion>, PathIs, string | null, string | null])[] = [
  ['the preferred and a backup are up', [link('a', 'up'), link('b', 'up')], {}, 'primary', 'a', 'b'],
  ['a late link still carries', [link('a', 'late'), link('b', 'up')], {}, 'primary', 'a', 'b'],
  ['all backups are unknown', [link('a', 'up'), link('b', 'unknown'), link('c', 'unknown')], {}, 'primary', 'a', null],
  ['one backup is down and the other unknown', [link('a', 'up'), link('b', 'down'), link('c', 'unknown')], {}, 'unprotected', 'a', null],
  ['every backup is down', [link('a', 'up'), link('b', 'down')], {}, 'unprotected', 'a', null],
  ['a single link is up', [link('a', 'up')], {}, 'single', 'a', null],
  ['a single link is down', [link('a', 'down')], {}, 'isolated', null, null],
  ['the preferred is down, a backup up', [link('a', 'down'), link('b', 'up')], {}, 'failover', 'b', null],
  ['two backups are left', [link('a', 'down'), link('b', 'up'), link('c', 'up')], {}, 'failover', 'b', 'c'],
  ['the first backup is down as well', [link('a', 'down'), link('b', 'down'), link('c', 'up')], {}, 'failover', 'c', null],
  ['every link is down', [link('a', 'down'), link('b', 'down')], {}, 'isolated', null, null],
  ['every link is down but a device is heard', [link('a', 'down'), link('b', 'down')], { heardOtherwise: true }, 'unknown', null, null],
  ['the preferred is unknown', [link('a', 'unknown'), link('b', 'up')], {}, 'unknown', 'b', null],
  ['the preferred is down and the backup unknown', [link('a', 'down'), link('b', 'unknown')], {}, 'unknown', null, null],
  ['the preferred came back and is in its hold', [link('a', 'up', hold), link('b', 'up')], { carried: 'b' as LinkId }, 'failover', 'b', 'a'],
  ['the hold is over', [link('a', 'up', { holdUntil: monoTime(100_000) }), link('b', 'up')], { carried: 'b' as LinkId }, 'primary', 'a', 'b'],
  ['the backup falls while the preferred is in its hold', [link('a', 'up', hold), link('b', 'down')], { carried: 'b' as LinkId }, 'unprotected', 'a', null],
  ['both are back from isolation', [link('a', 'up', hold), link('b', 'up', hold)], {}, 'primary', 'a', 'b'],
  ['the held link carries already when the backup is back', [link('a', 'up', hold), link('b', 'up')], { carried: 'a' as LinkId }, 'primary', 'a', 'b'],
  ['the preferred flaps and the backup is sound', [link('a', 'up', { flapping: true }), link('b', 'up')], {}, 'failover', 'b', 'a'],
  ['only a flapping link is left', [link('a', 'down'), link('b', 'up', { flapping: true })], {}, 'failover', 'b', null],
  ['a degraded link moves nothing', [link('a', 'up', { degraded: true }), link('b', 'up')], {}, 'primary', 'a', 'b'],
  ['a degraded link moves where that is asked for', [link('a', 'up', { degraded: true }), link('b', 'up')], { failoverOnDegraded: true }, 'failover', 'b', 'a'],
  ['the site reports that the backup carries', [link('a', 'up'), link('b', 'up')], { reported: 'b' as LinkId }, 'failover', 'b', 'a'],
];

describe('the path of a site', () => {
  for (const [name, links, more, is, carries, next] of rows) {
    it(`is ${is} when ${name}`, () => { expect(ask(links, more)).toMatchObject({ is, carries, next }); });
  }
  it('says that a site is stuck where it reports a dead link and another would carry', () => {
    expect(ask([link('a', 'down'), link('b', 'up')], { reported: 'a' as LinkId })).toMatchObject({ is: 'failover', basis: 'inferred', stuckOn: 'a' });
    expect(ask([link('a', 'down'), link('b', 'down')], { reported: 'a' as LinkId }).stuckOn).toBeNull();
  });
  it('never names a link that is not usable, and never the same link twice', () => {
    const any = fc.array(fc.record({
      is: fc.constantFrom<Liveness>('unknown', 'up', 'late', 'down'), degraded: fc.boolean(), flapping: fc.boolean(),
      holdUntil: fc.option(fc.integer({ min: 50_000, max: 150_000 }).map(monoTime)),
    }), { minLength: 1, maxLength: 5 });
    fc.assert(fc.property(any, fc.boolean(), fc.boolean(), fc.nat(5), (list, heardOtherwise, failoverOnDegraded, carried) => {
      const links = list.map((each, index) => link(`l${index}`, each.is, each));
      const answer = ask(links, { heardOtherwise, failoverOnDegraded, carried: `l${carried}` as LinkId });
      const named = [answer.carries, answer.next].filter((id) => id !== null);
      expect(new Set(named).size).toBe(named.length);
      for (const id of named) expect(['up', 'late']).toContain(links.find((each) => each.id === id)?.is);
      // A usable link is never left idle while nothing carries.
      expect(answer.carries === null).toBe(!links.some((each) => each.is === 'up' || each.is === 'late'));
    }));
  });
});
