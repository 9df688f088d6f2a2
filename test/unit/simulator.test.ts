import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Emitter } from '../../firmware-sim/emitter.ts';
import { readInventory } from '../../firmware-sim/inventory.ts';
import { Playback } from '../../firmware-sim/playback.ts';
import { parseScenario, requireTargets } from '../../firmware-sim/scenario.ts';
import { loadScenario, SCENARIOS } from '../../firmware-sim/simulate.ts';
import { parseHeartbeat } from '../../gateway/model/heartbeat-payload.ts';

const EXAMPLE = readFileSync(join(import.meta.dirname, '../../examples/jiamusi/arrangement.yaml'), 'utf8');
const inventory = readInventory(EXAMPLE);
const scenario = (steps: string): ReturnType<typeof parseScenario> => parseScenario(`name: {zh: 试, en: test}\nlength: 10min\nsteps:\n${steps}`, 'test.yaml');

describe('the scenarios that come along', () => {
  it.each(SCENARIOS)('%s is sound and names only what the example city has', (name) => {
    const loaded = loadScenario(name);
    expect(() => { requireTargets(loaded, inventory); }).not.toThrow();
    expect(loaded.steps.length).toBeGreaterThan(name === 'quiet-night' ? -1 : 0);
  });

  it('flood-wave passes 79.30 and 80.79 m before the fibre is cut and the backup is lost', () => {
    const { steps } = loadScenario('flood-wave');
    const at = (test: (action: (typeof steps)[number]['action']) => boolean): number => steps.findIndex(({ action }) => test(action));
    const warning = at((action) => action.type === 'level' && action.to > 79.3);
    const guaranteed = at((action) => action.type === 'level' && action.to > 80.79);
    const fibre = at((action) => action.type === 'fail-links' && action.links.includes('flood-depot-unicom-fibre'));
    const backup = at((action) => action.type === 'fail-links' && action.links.includes('flood-depot-mobile-5g'));
    expect([warning, guaranteed, fibre, backup]).toEqual([warning, guaranteed, fibre, backup].toSorted((a, b) => a - b));
    expect(warning).toBeGreaterThanOrEqual(0);
    expect(steps[fibre]!.atMs).toBeGreaterThan(steps[guaranteed]!.atMs);
  });
});

describe('a scenario file', () => {
  it.each([
    ['  - {at: 5s}', 'test.yaml:4: a step does nothing'],
    ['  - {at: 5s, fail-links: a, restore-links: b}', 'exactly one of'],
    ['  - {at: soon, fail-links: a}', 'test.yaml:4: at is "soon"'],
    ['  - {at: 5s, explode: a}', 'test.yaml:4: a step has explode'],
    ['  - {at: 11min, fail-links: a}', 'at most the length'],
    ['  - {at: 5s, gauge: {device: a, reads: wrong}}', 'reads is "wrong"'],
    ['  - {at: 5s, level: {devices: a, to: high}}', 'to is "high"; metres'],
  ])('that is wrong says file, line, field and what is expected: %s', (steps, sentence) => {
    expect(() => scenario(steps)).toThrow(sentence);
  });

  it('that names a link which is not there is refused, since it would silently do nothing', () => {
    expect(() => { requireTargets(scenario('  - {at: 5s, fail-links: nowhere}'), inventory); }).toThrow('fail-links names nowhere');
  });
});

describe('the simulated city', () => {
  const play = (steps: string): Playback => new Playback(scenario(steps), inventory, 1);
  const device = (id: string): Emitter => new Emitter({ type: 'device', device: inventory.devices.find((each) => each.id === id)! }, 1);
  const turns = (emitter: Emitter, playback: Playback, untilMs: number): { readonly at: number; readonly said: object }[] => {
    const said: { at: number; said: object }[] = [];
    for (let at = 0; at <= untilMs; at += 100) {
      playback.advance(at);
      const turn = emitter.turn(playback.world, at, at);
      if (turn.type === 'speaks') said.push({ at, said: turn.heartbeat });
    }
    return said;
  };

  it('says heartbeats that the gateway takes, the same ones for the same seed', () => {
    for (const each of inventory.devices) {
      const first = turns(new Emitter({ type: 'device', device: each }, 7), play('  []'), 130_000);
      expect(first.length, each.id).toBeGreaterThan(0);
      for (const { said } of first) expect(parseHeartbeat(Buffer.from(JSON.stringify(said))), each.id).toMatchObject({ type: 'heartbeat' });
      expect(turns(new Emitter({ type: 'device', device: each }, 7), play('  []'), 130_000)).toEqual(first);
    }
  });

  it('moves a site over to its backup within 5 s of a cut, and back a minute after the repair', () => {
    const playback = play('  - {at: 10s, fail-links: flood-depot-unicom-fibre}\n  - {at: 60s, restore-links: flood-depot-unicom-fibre}');
    const via = (at: number): string | null => { playback.advance(at); return playback.world.route('flood-depot', at).via; };
    expect(via(9_000)).toBe('flood-depot-unicom-fibre');
    expect(via(10_100)).toBeNull();
    for (let at = 10_200; at < 16_000; at += 100) via(at);
    expect(via(16_000)).toBe('flood-depot-mobile-5g');
    for (let at = 16_100; at < 119_000; at += 1_000) via(at);
    expect(via(119_000)).toBe('flood-depot-mobile-5g');
    expect(via(121_000)).toBe('flood-depot-unicom-fibre');
  });

  it('reports the loss of mains before the battery is empty, and nothing after', () => {
    const playback = play('  - {at: 10s, fail-mains: {site: flood-depot, battery: 60s, generator: fails}}');
    const ups = inventory.devices.find((each) => each.site === 'flood-depot' && (each.kind === 'ups' || each.kind === 'depot-equipment'))!;
    const said = turns(new Emitter({ type: 'device', device: ups }, 1), playback, 200_000);
    const onBattery = said.filter((each) => (each.said as { metrics: { mains?: unknown } }).metrics.mains === false || (each.said as { metrics: { mains?: unknown } }).metrics.mains === 0);
    expect(onBattery.length).toBeGreaterThan(0);
    expect(said.at(-1)!.at).toBeLessThanOrEqual(70_000);
  });

  it('lets a dead gauge read exactly 0 and a stuck one its last value', () => {
    const zero = turns(device('flood-depot-level'), play('  - {at: 1s, gauge: {device: flood-depot-level, reads: zero}}'), 300_000);
    expect(zero.at(-1)?.said).toMatchObject({ metrics: { water_level_m: 0 } });
    const stuck = turns(device('flood-depot-level'), play('  - {at: 1s, gauge: {device: flood-depot-level, reads: stuck}}'), 600_000);
    expect(new Set(stuck.slice(2).map(({ said }) => (said as { metrics: { water_level_m: number } }).metrics.water_level_m)).size).toBe(1);
  });
});
