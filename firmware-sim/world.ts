/** The simulated city: which links and sites work, where traffic goes, and - by River and PowerGrid - water and electricity. Time is the scenario's, in ms. */
import type { Inventory, SimLink } from './inventory.ts';
import { PowerGrid, type PowerState } from './power.ts';
import { seeded, seedOf } from './random.ts';
import { River } from './river.ts';
import type { Action } from './scenario.ts';

/** How long a site's router takes to give up a dead link: between these, each site its own. */
const SWITCH_OVER_MS: readonly [number, number] = [2_000, 5_000];
/** How long a better link must have been back before the router trusts it again. */
const FAIL_BACK_MS = 60_000;

export interface Route {
  readonly reached: boolean;
  /** The link that carries; null where there is none, or the site has no links of its own. */
  readonly via: string | null;
}
interface Router { link: string | null; wants: string | null; wantsSinceMs: number; readonly switchOverMs: number }

export class World {
  readonly river: River;
  readonly #power: PowerGrid;
  readonly #behind: ReadonlyMap<string, string>;
  /** Per site, the preferred link first. */
  readonly #links: ReadonlyMap<string, readonly SimLink[]>;
  readonly #failedLinks = new Set<string>();
  readonly #failedCarriers = new Set<string>();
  readonly #routers = new Map<string, Router>();
  readonly #seed: number;

  constructor(inventory: Inventory, seed: number) {
    this.river = new River(inventory.devices);
    this.#power = new PowerGrid(inventory.devices.flatMap(({ kind, site }) => (kind === 'depot-equipment' && site !== null ? [site] : [])));
    this.#behind = inventory.behind;
    this.#links = Map.groupBy(inventory.links.toSorted((a, b) => a.priority - b.priority), (link) => link.site);
    this.#seed = seed;
  }

  apply(action: Action, nowMs: number): void {
    switch (action.type) {
      case 'fail-links': for (const id of action.links) this.#failedLinks.add(id); break;
      case 'restore-links': for (const id of action.links) this.#failedLinks.delete(id); break;
      case 'fail-carrier': this.#failedCarriers.add(action.carrier); break;
      case 'restore-carrier': this.#failedCarriers.delete(action.carrier); break;
      case 'fail-mains': this.#power.loseMains(action, nowMs); break;
      case 'fail-power': this.#power.cut(action.site); break;
      case 'restore-power': this.#power.restore(action.site); break;
      case 'level': for (const id of action.devices) this.river.move(id, action.to, action.overMs, nowMs); break;
      case 'gauge':
        if (action.reads === 'true') this.river.mendGauge(action.device);
        else this.river.breakGauge(action.device, action.reads, nowMs);
        break;
      // The devices themselves do these, not the world around them.
      case 'reconnect': case 'restart': break;
    }
  }

  power(site: string | null, nowMs: number): PowerState {
    return this.#power.at(site, nowMs);
  }

  linkWorks(link: SimLink, nowMs: number): boolean {
    return !this.#failedLinks.has(link.id) && !this.#failedCarriers.has(link.carrier) && !this.#power.at(link.site, nowMs).dark && this.#wayIsOpen(link.site, nowMs);
  }
  linksOf(site: string): readonly SimLink[] {
    return this.#links.get(site) ?? [];
  }

  /** What carries a site's devices now. A site without links of its own is at the centre: reached while it has power. */
  route(site: string | null, nowMs: number): Route {
    if (site === null) return { reached: true, via: null };
    const links = this.linksOf(site);
    if (links.length === 0) return { reached: !this.#power.at(site, nowMs).dark && this.#wayIsOpen(site, nowMs), via: null };
    const working = links.filter((link) => this.linkWorks(link, nowMs));
    const best = working[0]?.id ?? null;
    const router = this.#router(site, best, nowMs);
    const holds = working.some(({ id }) => id === router.link);
    if (router.wants !== best) {
      router.wants = best;
      router.wantsSinceMs = nowMs;
    }
    if (router.link !== best && nowMs - router.wantsSinceMs >= (holds ? FAIL_BACK_MS : router.switchOverMs)) router.link = best;
    const carries = working.some(({ id }) => id === router.link) ? router.link : null;
    return { reached: carries !== null, via: carries };
  }

  /** A site behind another is reached only while that one is; a ring of them, which no arrangement has, ends the walk. */
  #wayIsOpen(site: string, nowMs: number, walked: readonly string[] = []): boolean {
    const through = this.#behind.get(site);
    if (through === undefined || walked.includes(through)) return true;
    if (this.#power.at(through, nowMs).dark) return false;
    const links = this.linksOf(through);
    const alive = links.length === 0 || links.some(({ id, carrier }) => !this.#failedLinks.has(id) && !this.#failedCarriers.has(carrier));
    return alive && this.#wayIsOpen(through, nowMs, [...walked, site]);
  }

  #router(site: string, best: string | null, nowMs: number): Router {
    const known = this.#routers.get(site);
    if (known !== undefined) return known;
    const [shortest, longest] = SWITCH_OVER_MS;
    const router: Router = { link: best, wants: best, wantsSinceMs: nowMs, switchOverMs: shortest + seeded(seedOf(`${site} router`, this.#seed))() * (longest - shortest) };
    this.#routers.set(site, router);
    return router;
  }
}
