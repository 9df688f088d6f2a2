/** The simulated city: which links and sites work, how high the water stands. Time is the scenario's, in ms. */
import type { Inventory, SimLink } from './inventory.ts';
import type { Action } from './scenario.ts';

/** How long a site's router takes to move to its backup. */
const SWITCH_OVER_MS = 3_000;
/** How long a UPS carries a site. */
const UPS_MS = 30 * 60_000;

interface Ramp { readonly from: number; readonly to: number; readonly beginMs: number; readonly overMs: number }

export class World {
  readonly #inventory: Inventory;
  readonly #failedLinks = new Set<string>();
  readonly #failedCarriers = new Set<string>();
  readonly #dark = new Set<string>();
  readonly #mainsLostAt = new Map<string, number>();
  readonly #levels = new Map<string, Ramp>();
  readonly #gauges = new Map<string, { readonly reads: 'zero' | 'stuck'; readonly value: number }>();
  /** Per site: the link that its router uses, and when it last had to choose. */
  readonly #routes = new Map<string, { link: string | null; wants: string | null; wantsSince: number }>();
  /** Counts forced reconnections; a client whose own count differs drops its connection. */
  reconnects: number = 0;

  constructor(inventory: Inventory) {
    this.#inventory = inventory;
  }

  apply(action: Action, nowMs: number): void {
    switch (action.type) {
      case 'fail-links': for (const id of action.links) this.#failedLinks.add(id); break;
      case 'restore-links': for (const id of action.links) this.#failedLinks.delete(id); break;
      case 'fail-carrier': this.#failedCarriers.add(action.carrier); break;
      case 'restore-carrier': this.#failedCarriers.delete(action.carrier); break;
      case 'fail-mains': this.#mainsLostAt.set(action.site, nowMs); break;
      case 'fail-power': this.#dark.add(action.site); break;
      case 'restore-power':
        this.#dark.delete(action.site);
        this.#mainsLostAt.delete(action.site);
        break;
      case 'level': for (const id of action.devices) this.#levels.set(id, { from: this.#trueLevel(id, nowMs), to: action.to, beginMs: nowMs, overMs: action.overMs }); break;
      case 'gauge':
        if (action.reads === 'true') this.#gauges.delete(action.device);
        else this.#gauges.set(action.device, { reads: action.reads, value: action.reads === 'zero' ? 0 : this.level(action.device, nowMs) });
        break;
      case 'reconnect-all': this.reconnects += 1; break;
    }
  }

  linkWorks(link: SimLink): boolean {
    return !this.#failedLinks.has(link.id) && !this.#failedCarriers.has(link.carrier) && !this.#dark.has(link.site);
  }

  /** The link that carries a site's devices now; null: none. A site without links of its own is always reached. */
  route(site: string | null, nowMs: number): { readonly reached: boolean; readonly via: string | null } {
    const links = this.#inventory.links.filter((link) => link.site === site);
    if (site === null || links.length === 0) return { reached: site === null || !this.#dark.has(site), via: null };
    const best = links.filter((link) => this.linkWorks(link)).sort((a, b) => a.priority - b.priority)[0]?.id ?? null;
    const route = this.#routes.get(site) ?? { link: best, wants: best, wantsSince: nowMs };
    this.#routes.set(site, route);
    if (route.wants !== best) Object.assign(route, { wants: best, wantsSince: nowMs });
    if (nowMs - route.wantsSince >= SWITCH_OVER_MS || best === null) route.link = best;
    const works = route.link !== null && links.some((link) => link.id === route.link && this.linkWorks(link));
    return { reached: works, via: works ? route.link : null };
  }

  /** Mains power at a site, and what is left in its UPS (0 to 1). */
  power(site: string | null, nowMs: number): { readonly mains: boolean; readonly battery: number } {
    const lostAt = site === null ? undefined : this.#mainsLostAt.get(site);
    return lostAt === undefined ? { mains: true, battery: 1 } : { mains: false, battery: Math.max(0, 1 - (nowMs - lostAt) / UPS_MS) };
  }

  /** What a gauge reads, in metres. */
  level(device: string, nowMs: number): number {
    return this.#gauges.get(device)?.value ?? this.#trueLevel(device, nowMs);
  }

  #trueLevel(device: string, nowMs: number): number {
    const ramp = this.#levels.get(device);
    if (ramp === undefined) return (this.#inventory.devices.find((each) => each.id === device)?.warningLevel ?? 10) - 1.2;
    const share = ramp.overMs === 0 ? 1 : Math.min(1, (nowMs - ramp.beginMs) / ramp.overMs);
    return ramp.from + (ramp.to - ramp.from) * share;
  }
}
