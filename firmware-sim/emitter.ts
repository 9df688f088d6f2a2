/** When one device or link agent speaks, and what it says. No connection and no clock of its own: the same seed and the same times give the same heartbeats. */
import type { SimDevice, SimLink } from './inventory.ts';
import { deviceMetrics, linkMetrics, type Metrics } from './payload.ts';
import { seeded, seedOf } from './random.ts';
import type { World } from './world.ts';

/** The fields of a heartbeat that are its own; ts, seq and boot are added by what sends it. */
export interface Report {
  readonly metrics: Metrics;
  readonly via?: string;
  readonly activeLink?: string;
  readonly links?: Readonly<Record<string, { readonly up: boolean }>>;
}
export type Turn =
  | { readonly type: 'speaks'; readonly heartbeat: Report }
  /** Reached, and nothing to say yet. */
  | { readonly type: 'waits' }
  | { readonly type: 'cut-off'; readonly forMs: number };
interface Situation { readonly level: number | null; readonly mains: boolean; readonly via: string | null }
export type Target = { readonly type: 'device'; readonly device: SimDevice } | { readonly type: 'link'; readonly link: SimLink };

/** A gauge sends an added report when the water moved by this much since its last one, as hydrology stations do. */
const ADDED_REPORT_M = 0.1;
/** How often a UPS reports while the mains is lost. */
const ON_BATTERY_MS = 10_000;
/** Everybody is heard within this time of the start; from then on each at its own pace and phase. */
const FIRST_WITHIN_MS = 5_000;
/** What was cut off speaks this soon after it is reached again. */
const RETURN_WITHIN_MS = 1_000;

export class Emitter {
  readonly target: Target;
  readonly #id: string;
  readonly #intervalMs: number;
  readonly #seed: number;
  #spoken = 0;
  #nextAtMs: number;
  #cutSinceMs: number | null = null;
  /** What made the last heartbeat worth sending out of turn, were it to change. */
  #last: Situation | null = null;

  constructor(target: Target, seed: number) {
    const { id, intervalMs } = target.type === 'device' ? target.device : target.link;
    this.target = target;
    this.#id = id;
    this.#intervalMs = intervalMs;
    this.#seed = seed;
    this.#nextAtMs = seeded(seedOf(id, seed))() * Math.min(intervalMs, FIRST_WITHIN_MS);
  }

  /** Speaks at the next turn, whatever its pace: after a restart or a reconnection. */
  hurry(): void {
    this.#nextAtMs = -Infinity;
  }

  /** `nowMs` is the scenario's time, `realMs` that of heartbeats; both only grow, except that the scenario may begin again. */
  turn(world: World, nowMs: number, realMs: number): Turn {
    const { target } = this;
    const { reached, via } = target.type === 'device' ? world.route(target.device.site, nowMs) : { reached: world.linkWorks(target.link, nowMs), via: null };
    if (!reached) {
      this.#cutSinceMs ??= realMs;
      return { type: 'cut-off', forMs: realMs - this.#cutSinceMs };
    }
    if (this.#cutSinceMs !== null) {
      this.#cutSinceMs = null;
      this.#nextAtMs = Math.min(this.#nextAtMs, realMs + this.#random('return')() * Math.min(this.#intervalMs, RETURN_WITHIN_MS));
    }
    const state = { level: this.#level(world, nowMs), mains: target.type === 'link' || world.power(target.device.site, nowMs).mains, via };
    if (realMs < this.#nextAtMs && !this.#isNews(state)) return { type: 'waits' };
    const pace = target.type === 'device' && target.device.kind === 'ups' && !state.mains ? Math.min(ON_BATTERY_MS, this.#intervalMs) : this.#intervalMs;
    // In step with its own phase, unless it spoke out of turn or was held up.
    this.#nextAtMs = this.#nextAtMs <= realMs && realMs - this.#nextAtMs < pace ? this.#nextAtMs + pace : realMs + pace;
    this.#last = state;
    this.#spoken += 1;
    return { type: 'speaks', heartbeat: this.#say(world, nowMs, via) };
  }

  #say(world: World, nowMs: number, via: string | null): Report {
    const random = this.#random(String(this.#spoken));
    if (this.target.type === 'link') return { metrics: linkMetrics(this.target.link, random) };
    const { device } = this.target;
    const metrics = deviceMetrics(device, world, random, nowMs);
    if (via === null) return { metrics };
    if (device.kind !== 'link-agent') return { metrics, via };
    const broken = world.linksOf(device.site ?? '').filter((link) => !world.linkWorks(link, nowMs));
    // It names the links that it finds broken; of those that work their own heartbeats speak.
    return { metrics, via, activeLink: via, ...(broken.length === 0 ? {} : { links: Object.fromEntries(broken.map(({ id }) => [id, { up: false }])) }) };
  }

  #level(world: World, nowMs: number): number | null {
    return this.target.type === 'device' && this.target.device.kind === 'flood-sensor' ? world.river.reading(this.target.device.id, nowMs, 0) : null;
  }

  #isNews(state: Situation): boolean {
    if (this.#last === null || this.target.type === 'link') return false;
    const { kind } = this.target.device;
    if (kind === 'ups' || kind === 'depot-equipment') return state.mains !== this.#last.mains;
    if (kind === 'link-agent') return state.via !== this.#last.via;
    return state.level !== null && this.#last.level !== null && Math.abs(state.level - this.#last.level) >= ADDED_REPORT_M;
  }

  #random(what: string): () => number {
    return seeded(seedOf(`${this.#id} ${what}`, this.#seed));
  }
}
