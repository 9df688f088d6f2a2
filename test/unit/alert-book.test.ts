import { describe, expect, it } from 'vitest';
import { AlertBook, type LadderFacts, type Rung } from '../../gateway/engine/alert-book.ts';
import { Deadlines } from '../../gateway/engine/deadlines.ts';
import { Outbox } from '../../gateway/engine/outbox.ts';
import type { AlertKind, Severity } from '../../gateway/model/alert.ts';
import type { SiteId } from '../../gateway/model/ids.ts';
import { monoTime, seconds, wallTime, type Instant } from '../../gateway/model/time.ts';
import { city } from '../support/city.ts';

const facts = (ladder: string, site: string = 'depot'): LadderFacts => ({
  ladder, subject: { type: 'site', id: site }, site: site as SiteId, carrier: null, responsible: [], resolveAfter: seconds(300), name: { zh: site, en: site },
});
const rung = (rank: number, kind: AlertKind, severity: Severity): Rung => ({ rank, kind, severity, level: null, because: { zh: kind, en: kind }, evidence: [] });
const failover = rung(2, 'site-failover', 'yellow');
const lastLink = rung(2, 'site-failover', 'orange');
const isolated = rung(4, 'site-isolated', 'red');

class Desk {
  readonly deadlines: Deadlines = new Deadlines();
  readonly outbox: Outbox = new Outbox(1);
  readonly book: AlertBook = new AlertBook(this.deadlines, this.outbox, city([{ id: 'depot' }]));
  ms: number = 0;
  readonly timeline: string[] = [];
  readonly told: string[] = [];
  now(): Instant { return { wall: wallTime(1_790_000_000_000 + this.ms), mono: monoTime(this.ms) }; }
  set(want: Rung | null, at: LadderFacts = facts('site-path/depot')): this {
    this.book.set(at, want, this.now());
    return this.#note();
  }
  freeze(): this {
    this.book.freeze('site-path/depot', this.now());
    return this.#note();
  }
  wait(count: number): this {
    const until = this.ms + count * 1000;
    for (let at = this.deadlines.next(); at !== null && at <= until; at = this.deadlines.next()) {
      this.ms = Math.max(this.ms, at);
      for (let due = this.deadlines.takeDue(this.now().mono); due !== null; due = this.deadlines.takeDue(this.now().mono)) this.book.onTimer(due, this.now());
    }
    this.ms = until;
    return this.#note();
  }
  open(): string[] { return [...this.book.open()].map((alert) => `${alert.id} ${alert.kind} ${alert.severity}${alert.improved ? ' improved' : ''}`); }
  #note(): this {
    const { record, tell } = this.outbox.take(null, () => []);
    this.timeline.push(...record.map((entry) => `${entry.alert} ${entry.type}`));
    this.told.push(...tell.map((each) => `${each.alert.id} ${each.occasion}`));
    return this;
  }
}

const states = {
  'nothing open': (): Desk => new Desk(),
  'a failover, held': (): Desk => new Desk().set(failover),
  'a failover, told': (): Desk => new Desk().set(failover).wait(3),
  'an isolated site, told': (): Desk => new Desk().set(isolated).wait(3),
  'an isolated site improved to failover': (): Desk => new Desk().set(isolated).wait(3).set(failover),
  'a failover waiting out its recovery': (): Desk => new Desk().set(failover).wait(3).set(null),
};
const inputs = {
  'a failover': (desk: Desk) => desk.set(failover),
  'a failover to the last link': (desk: Desk) => desk.set(lastLink),
  'an isolation': (desk: Desk) => desk.set(isolated),
  'all well': (desk: Desk) => desk.set(null),
  'all well for 299 s': (desk: Desk) => desk.set(null).wait(299),
  'all well for 300 s': (desk: Desk) => desk.set(null).wait(300),
  'nothing to be said for a day': (desk: Desk) => desk.freeze().wait(86_400),
};
const table: Record<keyof typeof states, Record<keyof typeof inputs, string[]>> = {
  'nothing open': {
    'a failover': ['a1 site-failover yellow'], 'a failover to the last link': ['a1 site-failover orange'], 'an isolation': ['a1 site-isolated red'],
    'all well': [], 'all well for 299 s': [], 'all well for 300 s': [], 'nothing to be said for a day': [],
  },
  'a failover, held': {
    'a failover': ['a1 site-failover yellow'], 'a failover to the last link': ['a1 site-failover orange'], 'an isolation': ['a2 site-isolated red'],
    'all well': ['a1 site-failover yellow improved'], 'all well for 299 s': ['a1 site-failover yellow improved'], 'all well for 300 s': [],
    'nothing to be said for a day': ['a1 site-failover yellow'],
  },
  'a failover, told': {
    'a failover': ['a1 site-failover yellow'], 'a failover to the last link': ['a1 site-failover orange'], 'an isolation': ['a3 site-isolated red'],
    'all well': ['a1 site-failover yellow improved'], 'all well for 299 s': ['a1 site-failover yellow improved'], 'all well for 300 s': [],
    'nothing to be said for a day': ['a1 site-failover yellow'],
  },
  'an isolated site, told': {
    'a failover': ['a1 site-failover yellow improved'], 'a failover to the last link': ['a1 site-failover orange improved'], 'an isolation': ['a1 site-isolated red'],
    'all well': ['a1 site-isolated red improved'], 'all well for 299 s': ['a1 site-isolated red improved'], 'all well for 300 s': [],
    'nothing to be said for a day': ['a1 site-isolated red'],
  },
  'an isolated site improved to failover': {
    'a failover': ['a1 site-failover yellow improved'], 'a failover to the last link': ['a1 site-failover orange'], 'an isolation': ['a4 site-isolated red'],
    'all well': ['a1 site-failover yellow improved'], 'all well for 299 s': ['a1 site-failover yellow improved'], 'all well for 300 s': [],
    'nothing to be said for a day': ['a1 site-failover yellow improved'],
  },
  'a failover waiting out its recovery': {
    'a failover': ['a1 site-failover yellow'], 'a failover to the last link': ['a1 site-failover orange'], 'an isolation': ['a4 site-isolated red'],
    'all well': ['a1 site-failover yellow improved'], 'all well for 299 s': ['a1 site-failover yellow improved'], 'all well for 300 s': [],
    'nothing to be said for a day': ['a1 site-failover yellow improved'],
  },
};

describe('the alert book: every state and input', () => {
  for (const state of Object.keys(states) as (keyof typeof states)[]) {
    for (const input of Object.keys(inputs) as (keyof typeof inputs)[]) {
      const expected = table[state][input];
      it(`with ${state}, ${input} leaves ${expected.length === 0 ? 'nothing open' : expected.join(', ')}`, () => {
        const desk = states[state]();
        inputs[input](desk);
        expect(desk.open()).toEqual(expected);
      });
    }
  }
});

describe('what is told', () => {
  it('of an alert that is over before its hold: nothing', () => {
    expect(new Desk().set(failover).wait(1).set(null).wait(2).told).toEqual([]);
    expect(new Desk().set(failover).wait(1).set(null).wait(2).set(failover).wait(3).told).toEqual(['a1 opened']);
  });
  it('of a worse rung: the new one, and nothing of the end of the old', () => {
    expect(new Desk().set(failover).wait(3).set(isolated).wait(3).told).toEqual(['a1 opened', 'a3 opened']);
  });
  it('of a relapse: only where the improvement was told', () => {
    expect(new Desk().set(failover).wait(3).set(null).wait(10).set(failover).told).toEqual(['a1 opened']);
    expect(new Desk().set(isolated).wait(3).set(null).wait(10).set(isolated).told).toEqual(['a1 opened', 'a1 improved', 'a1 worsened']);
  });
  it('of a child: nothing while its parent is open, and the child itself once the parent has gone and it has not', () => {
    const desk = new Desk().set(rung(1, 'site-dark', 'red'), facts('site-dark/depot')).set(isolated).wait(10);
    expect(desk.told).toEqual(['a1 opened']);
    expect([...desk.book.open()].find((alert) => alert.id === 'a2')).toMatchObject({ parent: 'a1', toldAt: null });
    desk.set(null, facts('site-dark/depot')).wait(310);
    expect(desk.told).toEqual(['a1 opened', 'a1 improved', 'a1 resolved', 'a2 opened']);
  });
});
