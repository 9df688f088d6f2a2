/** Runs a scenario against a broker: one client for each device and each link agent of the arrangement. */
import { readFileSync } from 'node:fs';
import { plainDevices, readInventory, type Inventory, type SimDevice, type SimLink } from './inventory.ts';
import { deviceMetrics, linkMetrics } from './payload.ts';
import { seeded, seedOf } from './random.ts';
import { parseScenario, type Scenario } from './scenario.ts';
import { Station } from './station.ts';
import { World } from './world.ts';

export interface SimulationOptions {
  readonly brokerUrl: string;
  readonly arrangementText: string;
  /** Name of a file in scenarios/, or a path to one. */
  readonly scenario: string;
  readonly seed?: number;
  /** How many times faster than real the scenario runs. Heartbeats keep their pace: the gateway's deadlines are real time. */
  readonly speed?: number;
  /** Instead of the arrangement's: so many plain devices. */
  readonly devices?: number;
  readonly intervalMs?: number;
  readonly log?: (line: string) => void;
}
export interface Upcoming { readonly inMs: number; readonly text: { readonly zh: string; readonly en: string } }
export interface Simulation extends AsyncDisposable {
  readonly scenario: Scenario;
  /** What is still to come, soonest first. */
  upcoming(): readonly Upcoming[];
  counters(): { readonly sent: number; readonly acked: number; readonly dropped: number; readonly connected: number; readonly clients: number };
  stop(): Promise<void>;
}

/** How long a cut-off client keeps its connection before it gives up. */
const GIVE_UP_MS = 30_000;
const TICK_MS = 250;
/** A gauge sends an added report when the water moved by this much since its last one. */
const ADDED_REPORT_M = 0.1;

interface Sender {
  readonly station: Station;
  readonly random: () => number;
  readonly intervalMs: number;
  readonly device: SimDevice | null;
  readonly link: SimLink | null;
  nextAt: number;
  cutSince: number | null;
  reconnects: number;
  lastLevel: number | null;
}

export const SCENARIOS = ['quiet-night', 'flood-wave', 'carrier-outage', 'power-cut', 'flapping-link', 'dead-gauge', 'restart-storm'] as const;

export function loadScenario(name: string): Scenario {
  const file = name.includes('/') || name.endsWith('.yaml') ? name : new URL(`scenarios/${name}.yaml`, import.meta.url);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new Error(`there is no scenario ${name}; expected one of ${SCENARIOS.join(', ')}, or a file`);
  }
  return parseScenario(text, String(name));
}

export function startSimulation(options: SimulationOptions): Simulation {
  const { brokerUrl, seed = 1, speed = 1, log = () => undefined } = options;
  const scenario = loadScenario(options.scenario);
  const inventory = options.devices === undefined ? readInventory(options.arrangementText) : plainDevices(options.devices, options.intervalMs ?? 1_000);
  const world = new World(inventory);
  const begin = performance.now();
  const senders = [...makeSenders(inventory, brokerUrl, seed, log)];
  let round = 0;
  let done = 0;
  const scenarioNow = (): number => (performance.now() - begin) * speed - round * scenario.lengthMs;

  const tick = (): void => {
    if (scenario.repeat && scenarioNow() >= scenario.lengthMs) {
      round += 1;
      done = 0;
    }
    const now = scenarioNow();
    for (let step = scenario.steps[done]; step !== undefined && step.atMs <= now; step = scenario.steps[done]) {
      world.apply(step.action, now);
      done += 1;
      if (step.say !== null) log(`${step.say.zh} | ${step.say.en}`);
    }
    const real = performance.now() - begin;
    for (const sender of senders) beat(sender, world, now, real);
  };
  const timer = setInterval(tick, TICK_MS);
  tick();

  const stop = async (): Promise<void> => {
    clearInterval(timer);
    await Promise.all(senders.map(({ station }) => station.close()));
  };
  return {
    scenario,
    upcoming: () => scenario.steps.slice(done).flatMap(({ atMs, say }) => (say === null ? [] : [{ inMs: Math.max(0, (atMs - scenarioNow()) / speed), text: say }])),
    counters: () => {
      const total = { sent: 0, acked: 0, dropped: 0, connected: 0, clients: senders.length };
      for (const { station } of senders) {
        total.sent += station.sent;
        total.acked += station.acked;
        total.dropped += station.dropped;
        total.connected += station.connected ? 1 : 0;
      }
      return total;
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function* makeSenders(inventory: Inventory, brokerUrl: string, seed: number, log: (line: string) => void): Generator<Sender> {
  const make = (kind: 'devices' | 'links', id: string, intervalMs: number, device: SimDevice | null, link: SimLink | null): Sender => {
    const random = seeded(seedOf(id, seed));
    const topic = `lianqin/v1/${kind}/${id}`;
    const boot = Math.floor(random() * 0xffff_ffff).toString(16);
    const station = new Station({ brokerUrl, clientId: id, heartbeatTopic: `${topic}/heartbeat`, statusTopic: device === null ? null : `${topic}/status`, boot: `${boot}-${process.pid}`, log });
    // Everybody is heard within the first five seconds; from then on each at its own pace and phase.
    return { station, random, intervalMs, device, link, nextAt: random() * Math.min(intervalMs, 5_000), cutSince: null, reconnects: 0, lastLevel: null };
  };
  for (const device of inventory.devices) yield make('devices', device.id, device.intervalMs, device, null);
  for (const link of inventory.links) yield make('links', link.id, link.intervalMs, null, link);
}

function beat(sender: Sender, world: World, nowMs: number, realMs: number): void {
  const { station, device, link, random } = sender;
  const { reached, via } = link === null ? world.route(device?.site ?? null, nowMs) : { reached: world.linkWorks(link), via: null };
  if (sender.reconnects !== world.reconnects) {
    sender.reconnects = world.reconnects;
    station.drop();
  }
  if (!reached) {
    sender.cutSince ??= realMs;
    if (realMs - sender.cutSince > GIVE_UP_MS) station.drop();
    sender.nextAt = Math.min(sender.nextAt, realMs + 1_000);
    return;
  }
  sender.cutSince = null;
  const level = device?.kind === 'flood-sensor' ? world.level(device.id, nowMs) : null;
  const moved = level !== null && sender.lastLevel !== null && Math.abs(level - sender.lastLevel) >= ADDED_REPORT_M;
  if (realMs < sender.nextAt && !moved) return;
  sender.lastLevel = level;
  sender.nextAt = realMs + sender.intervalMs;
  const metrics = device === null ? (link === null ? {} : linkMetrics(link, random)) : deviceMetrics(device, world, random, nowMs);
  const route = via === null ? {} : { via, ...(device?.kind === 'link-agent' ? { activeLink: via } : {}) };
  station.send({ metrics, ...route }, Date.now());
}
