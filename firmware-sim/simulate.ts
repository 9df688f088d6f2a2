/** Runs a scenario against a broker: one client for each device and each link agent of the arrangement. */
import { readFileSync } from 'node:fs';
import { Emitter, type Target } from './emitter.ts';
import { plainDevices, readInventory, type Inventory } from './inventory.ts';
import { Playback } from './playback.ts';
import { seeded, seedOf } from './random.ts';
import { parseScenario, requireTargets, type Saying, type Scenario, type Step } from './scenario.ts';
import { Station } from './station.ts';

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
export interface Upcoming { readonly inMs: number; readonly text: Saying }
export interface Counters {
  readonly sent: number;
  readonly acked: number;
  /** Never sent, because too many waited for their acknowledgement. */
  readonly dropped: number;
  /** Sent and forgotten by a restart before they were acknowledged. */
  readonly lost: number;
  readonly connected: number;
  readonly clients: number;
}
export interface Simulation extends AsyncDisposable {
  readonly scenario: Scenario;
  /** What is still to come in this round, soonest first, in real ms from now. */
  upcoming(): readonly Upcoming[];
  counters(): Counters;
  stop(): Promise<void>;
}

/** How long a cut-off client keeps its connection before it gives up. */
const GIVE_UP_MS = 30_000;
const TICK_MS = 100;
/** At most so often it is said that clients cannot connect. */
const COMPLAIN_EVERY_MS = 30_000;

export const SCENARIOS = ['quiet-night', 'flood-wave', 'carrier-outage', 'power-cut', 'flapping-link', 'dead-gauge', 'restart-storm'] as const;

/** Throws with one line where there is no such scenario, or with `file:line` where it is wrong. */
export function loadScenario(name: string): Scenario {
  const isPath = /[/\\]/.test(name) || name.endsWith('.yaml');
  let text: string;
  try {
    text = readFileSync(isPath ? name : new URL(`scenarios/${name}.yaml`, import.meta.url), 'utf8');
  } catch (error) {
    throw new Error(`there is no scenario ${name}; expected one of ${SCENARIOS.join(', ')}, or a file`, { cause: error });
  }
  return parseScenario(text, isPath ? name : `${name}.yaml`);
}

interface Sender { readonly id: string; readonly emitter: Emitter; readonly station: Station }

/** Throws where the arrangement or the scenario cannot be used; from then on nothing that a broker does ends it. */
export function startSimulation(options: SimulationOptions): Simulation {
  const { brokerUrl, seed = 1, speed = 1, log = () => undefined } = options;
  const scenario = loadScenario(options.scenario);
  const inventory = options.devices === undefined ? readInventory(options.arrangementText) : plainDevices(options.devices, options.intervalMs ?? 1_000);
  requireTargets(scenario, inventory);
  const playback = new Playback(scenario, inventory, seed);
  const senders = makeSenders(inventory, brokerUrl, seed);
  const complain = complaints(senders, log);
  const begin = performance.now();

  const tick = (): void => {
    const realMs = performance.now() - begin;
    for (const step of playback.advance(realMs * speed)) {
      if (step.say !== null) log(`${step.say.zh} | ${step.say.en}`);
      disturb(senders, step);
    }
    for (const { emitter, station } of senders) {
      const turn = emitter.turn(playback.world, playback.nowMs, realMs);
      if (turn.type === 'speaks') station.send(turn.heartbeat, Date.now());
      else if (turn.type === 'cut-off' && turn.forMs > GIVE_UP_MS) station.drop();
    }
    complain(realMs);
  };
  const timer = setInterval(tick, TICK_MS);
  tick();

  let stopped: Promise<void> | null = null;
  const stop = (): Promise<void> => {
    clearInterval(timer);
    stopped ??= Promise.all(senders.map(({ station }) => station.close())).then(() => undefined);
    return stopped;
  };
  return {
    scenario,
    upcoming: () => playback.upcoming().flatMap(({ inMs, step: { say } }) => (say === null ? [] : [{ inMs: inMs / speed, text: say }])),
    counters: () => count(senders),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function makeSenders(inventory: Inventory, brokerUrl: string, seed: number): readonly Sender[] {
  // A boot of its own for every run: the same seed may be played twice against one gateway.
  const run = Date.now().toString(36);
  const make = (target: Target): Sender => {
    const { id } = target.type === 'device' ? target.device : target.link;
    const topic = `lianqin/v1/${target.type}s/${id}`;
    const mark = Math.floor(seeded(seedOf(`${id} boot`, seed))() * 0xffff).toString(16);
    const station = new Station({ brokerUrl, clientId: id, heartbeatTopic: `${topic}/heartbeat`, statusTopic: target.type === 'device' ? `${topic}/status` : null, boot: `${mark}-${run}` });
    return { id, emitter: new Emitter(target, seed), station };
  };
  return [...inventory.devices.map((device) => make({ type: 'device', device })), ...inventory.links.map((link) => make({ type: 'link', link }))];
}

/** What a step does to the devices themselves: they come back at once, all together. */
function disturb(senders: readonly Sender[], { action }: Step): void {
  if (action.type !== 'reconnect' && action.type !== 'restart') return;
  for (const { id, emitter, station } of senders) {
    if (action.who !== null && !action.who.includes(id)) continue;
    if (action.type === 'restart') station.restart();
    else station.drop();
    emitter.hurry();
  }
}

/** One line when clients cannot connect and one when all can again, instead of one for each attempt. */
function complaints(senders: readonly Sender[], log: (line: string) => void): (realMs: number) => void {
  let saidAtMs: number | null = null;
  return (realMs) => {
    const troubled = senders.filter(({ station }) => station.trouble !== null);
    const [first] = troubled;
    if (first === undefined) {
      if (saidAtMs !== null) log('every client that was cut off from the broker is connected again');
      saidAtMs = null;
    } else if (saidAtMs === null || realMs - saidAtMs >= COMPLAIN_EVERY_MS) {
      log(`${troubled.length} of ${senders.length} clients cannot connect and go on trying: ${first.station.trouble ?? ''}`);
      saidAtMs = realMs;
    }
  };
}

function count(senders: readonly Sender[]): Counters {
  const total = { sent: 0, acked: 0, dropped: 0, lost: 0, connected: 0, clients: senders.length };
  for (const { station } of senders) {
    total.sent += station.sent;
    total.acked += station.acked;
    total.dropped += station.dropped;
    total.lost += station.lost;
    total.connected += station.connected ? 1 : 0;
  }
  return total;
}
