import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Engine } from '../../gateway/engine/engine.ts';
import type { StepResult } from '../../gateway/engine/effect.ts';
import { city, level } from '../support/city.ts';
import { EngineRun } from '../support/engine-run.ts';

const arrangement = city([
  { id: 'depot', links: [{ id: 'fibre' }, { id: '5g', interval: 10, carrier: 'china-mobile' }], devices: [{ id: 'level', thresholds: [level(79.3, 'orange', '警戒水位'), level(80.79, 'red', '保证水位')] }, { id: 'ups', interval: 30, mainsMetric: 'mains' }] },
  { id: 'hill', links: [{ id: 'microwave', interval: 30 }], devices: [{ id: 'repeater' }], reachedThrough: 'depot' },
]);

type Event =
  | { readonly is: 'wait'; readonly seconds: number }
  | { readonly is: 'link' | 'device'; readonly id: string; readonly via?: string | undefined; readonly up?: boolean | undefined }
  | { readonly is: 'offline'; readonly id: string; readonly will: boolean }
  | { readonly is: 'reading'; readonly id: string; readonly metric: string; readonly value: number }
  | { readonly is: 'pause'; readonly seconds: number }
  | { readonly is: 'clock'; readonly hours: number }
  | { readonly is: 'reference' | 'self-check'; readonly works: boolean }
  | { readonly is: 'save' }
  | { readonly is: 'crash'; readonly down: number };

const link = fc.constantFrom('fibre', '5g', 'microwave');
const device = fc.constantFrom('level', 'ups', 'repeater');
const common: fc.Arbitrary<Event>[] = [
  fc.record({ is: fc.constant('wait' as const), seconds: fc.integer({ min: 1, max: 200 }) }),
  fc.record({ is: fc.constant('link' as const), id: link }),
  fc.record({ is: fc.constant('device' as const), id: device, via: fc.option(fc.constantFrom('fibre', '5g'), { nil: undefined }), up: fc.option(fc.boolean(), { nil: undefined }) }),
  fc.record({ is: fc.constant('offline' as const), id: device, will: fc.boolean() }),
  fc.record({ is: fc.constant('reading' as const), id: fc.constant('level'), metric: fc.constant('water_level_m'), value: fc.constantFrom(78.9, 79.1, 79.25, 79.42, 79.9, 80.3, 80.85, 0, 9999) }),
  fc.record({ is: fc.constant('reading' as const), id: fc.constant('ups'), metric: fc.constant('mains'), value: fc.constantFrom(0, 1) }),
  fc.record({ is: fc.constantFrom('reference' as const, 'self-check' as const), works: fc.boolean() }),
  fc.record({ is: fc.constant('pause' as const), seconds: fc.integer({ min: 3, max: 3600 }) }),
  fc.record({ is: fc.constant('clock' as const), hours: fc.integer({ min: -48, max: 48 }) }),
];
const events = fc.array(fc.oneof(...common), { maxLength: 120 });
const eventsWithCrashes = fc.array(fc.oneof(...common, fc.constant<Event>({ is: 'save' }), fc.record({ is: fc.constant('crash' as const), down: fc.integer({ min: 0, max: 7200 }) })), { maxLength: 120 });

function play(run: EngineRun, event: Event): void {
  switch (event.is) {
    case 'wait': run.wait(event.seconds); break;
    case 'link': run.link(event.id); break;
    case 'device': run.device(event.id, { ...(event.via === undefined ? {} : { via: event.via }), ...(event.up === undefined ? {} : { links: { fibre: event.up } }) }); break;
    case 'offline': run.input({ type: 'device-status', device: event.id as never, status: 'offline', will: event.will }); break;
    case 'reading': run.reading(event.id, event.metric, event.value); break;
    case 'reference': run.input({ type: 'reference-checked', carrier: 'china-unicom' as never, reachable: event.works }); break;
    case 'self-check': run.input({ type: 'self-checked', failing: !event.works }); break;
    case 'pause':
      run.ms += event.seconds * 1000;
      run.input({ type: 'stood-still', ms: event.seconds * 1000 as never });
      break;
    case 'clock': run.wallOffset += event.hours * 3_600_000; break;
    case 'save': run.save(); break;
    case 'crash': run.crash(arrangement, event.down); break;
  }
}

const keyOf = (alert: { kind: string; subject: { id: string; metric?: string } }): string => `${alert.kind}/${alert.subject.id}/${alert.subject.metric ?? ''}`;

describe('whatever happens to the engine', () => {
  it('has at most one open alert a key and one rung a ladder, through crashes, pauses and clock steps', () => {
    fc.assert(fc.property(eventsWithCrashes, (list) => {
      const run = new EngineRun(arrangement);
      for (const event of list) {
        play(run, event);
        const keys = run.open().map(keyOf);
        expect(new Set(keys).size).toBe(keys.length);
        expect(run.ladder('depot').length).toBeLessThanOrEqual(1);
      }
    }), { numRuns: 150 });
  });

  it('keeps timeline entries contiguous and alert ids those of their raising, through crashes', () => {
    fc.assert(fc.property(eventsWithCrashes, (list) => {
      const run = new EngineRun(arrangement);
      for (const event of list) play(run, event);
      expect(run.timeline.map((entry) => entry.seq)).toEqual(run.timeline.map((_, index) => index + 1));
      for (const entry of run.timeline) if (entry.type === 'raised') expect(entry.alert).toBe(`a${entry.seq}`);
    }), { numRuns: 100 });
  });

  it('keeps every open alert open under its id over a restart, and tells none of them again', () => {
    fc.assert(fc.property(events, fc.integer({ min: 0, max: 100_000 }), (list, down) => {
      const run = new EngineRun(arrangement);
      for (const event of list) play(run, event);
      run.save();
      const before = run.open().map((alert) => alert.id);
      const toldBefore = run.told.length;
      const told = new Set(run.told.filter((tell) => tell.occasion === 'opened').map((tell) => tell.alert.id));
      run.crash(arrangement, down);
      const after = new Set(run.open().map((alert) => alert.id));
      for (const id of before) expect(after.has(id) || run.engine.alert(id)?.resolution === 'superseded').toBe(true);
      expect(run.told.slice(toldBefore)).toEqual([]);
      run.wait(2);
      for (const tell of run.told.slice(toldBefore)) if (tell.occasion === 'opened') expect(told.has(tell.alert.id)).toBe(false);
    }), { numRuns: 150 });
  });

  it('replays from its tape to the same timeline, tellings and state', () => {
    fc.assert(fc.property(events, (list) => {
      const run = new EngineRun(arrangement);
      const begin = run.now();
      for (const event of list) play(run, event);
      run.save();
      const engine = new Engine({ arrangement, rows: [], timelineSeq: 0, now: begin });
      const results: StepResult[] = [engine.start(begin), ...run.tape.map(({ input, now }) => engine.step(input, now))];
      expect(results.flatMap((result) => result.record)).toEqual(run.timeline);
      expect(results.flatMap((result) => result.tell)).toEqual(run.told);
      expect([...engine.openAlerts()]).toEqual(run.open());
      expect([...engine.devices.values()].map((state) => [state.is, [...state.metrics]])).toEqual([...run.engine.devices.values()].map((state) => [state.is, [...state.metrics]]));
    }), { numRuns: 100 });
  });

  it('takes the records that came after the snapshot to the state that it would have had without the crash', () => {
    const readings = fc.array(fc.constantFrom(78.9, 79.1, 79.25, 79.42, 79.9, 80.3, 80.85, 0, 9999), { minLength: 1, maxLength: 40 });
    fc.assert(fc.property(readings, fc.nat(40), fc.nat(40), (values, savedAt, crashedAt) => {
      const whole = new EngineRun(arrangement);
      for (const value of values) whole.wait(300).reading('level', 'water_level_m', value);
      const crashed = new EngineRun(arrangement);
      const spool: Parameters<EngineRun['input']>[0][] = [];
      values.forEach((value, index) => {
        crashed.wait(300).reading('level', 'water_level_m', value);
        spool.push(crashed.tape.at(-1)!.input);
        if (index === savedAt) crashed.save();
        if (index === crashedAt) {
          crashed.crash(arrangement, 0);
          for (const input of spool) crashed.input(input);
        }
      });
      const levels = (run: EngineRun): unknown => [...run.engine.devices.values()].map((state) => [...state.metrics]);
      expect(levels(crashed)).toEqual(levels(whole));
      const flood = (run: EngineRun): unknown => run.open().filter((alert) => alert.kind === 'threshold').map((alert) => [alert.level, alert.severity]);
      expect(flood(crashed)).toEqual(flood(whole));
    }), { numRuns: 150 });
  });

  it('resolves nothing by silence: without a heartbeat or reading, what is open stays open', () => {
    fc.assert(fc.property(events, (list) => {
      const run = new EngineRun(arrangement);
      for (const event of list) play(run, event);
      // What was already on its way to its end may arrive there; from then on nothing more may end.
      run.wait(3_600);
      const open = run.open().filter((alert) => !alert.improved).map((alert) => alert.id);
      run.wait(86_400);
      for (const id of open) expect(run.engine.alert(id)).toSatisfy((alert) => alert.phase !== 'resolved' || alert.resolution === 'superseded');
    }), { numRuns: 100 });
  });

  it('raises nothing for a pause of the program or a step of the wall clock while heartbeats go on', () => {
    fc.assert(fc.property(fc.array(fc.record({ pause: fc.integer({ min: 3, max: 7200 }), hours: fc.integer({ min: -72, max: 72 }) }), { maxLength: 20 }), (list) => {
      const run = new EngineRun(arrangement);
      const all = (): void => { run.keep(run.ms / 1000 + 60, ['fibre', '5g', 'microwave'], [], 'fibre').device('level', { via: 'fibre' }).device('ups', { via: 'fibre' }).device('repeater'); };
      all();
      for (const { pause, hours } of list) {
        play(run, { is: 'pause', seconds: pause });
        play(run, { is: 'clock', hours });
        all();
      }
      expect(run.timeline.filter((entry) => entry.type === 'raised')).toEqual([]);
    }), { numRuns: 60 });
  });
});
