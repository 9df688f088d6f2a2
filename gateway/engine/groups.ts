/**
 * What belongs together over site borders: links of one carrier and bearer class, links that share a cause, sites of one county. Only what was
 * touched is judged again, once a step, so that a storm costs as much as what it touches.
 */
import type { Arrangement, Link, Site } from '../arrangement/arrangement.ts';
import type { LinkId, SiteId } from '../model/ids.ts';
import type { Bearer } from '../model/state.ts';

/** Bearers that fail together when a carrier fails: its transport, its radio access, its satellite gateway. */
export type BearerClass = 'fixed' | 'mobile' | 'satellite' | 'radio';
const CLASSES: Readonly<Record<Bearer, BearerClass>> = {
  'fibre': 'fixed', 'microwave': 'fixed', '5g': 'mobile', '4g': 'mobile', 'satellite': 'satellite', 'hf': 'radio', 'vhf': 'radio', 'mesh': 'radio',
};
export const classOf = (link: Link): BearerClass => CLASSES[link.bearer];
/** Also the last part of the ladder of its carrier-outage. */
export const carrierGroup = (link: Link): string => `${link.carrier}/${classOf(link)}`;

export class Groups {
  readonly carriers: ReadonlyMap<string, readonly LinkId[]>;
  readonly causes: ReadonlyMap<string, readonly LinkId[]>;
  readonly counties: ReadonlyMap<string, readonly SiteId[]>;
  readonly #arrangement: Arrangement;
  #carriers = new Set<string>();
  #causes = new Set<string>();
  #counties = new Set<string>();

  /** Everything begins as touched. */
  constructor(arrangement: Arrangement) {
    const [carriers, causes, counties] = [new Map<string, LinkId[]>(), new Map<string, LinkId[]>(), new Map<string, SiteId[]>()];
    const put = <Id>(map: Map<string, Id[]>, key: string, id: Id): void => { map.set(key, [...(map.get(key) ?? []), id]); };
    for (const link of arrangement.links.values()) {
      put(carriers, carrierGroup(link), link.id);
      for (const cause of link.causes) put(causes, cause, link.id);
    }
    for (const site of arrangement.sites.values()) if (site.county !== null) put(counties, site.county, site.id);
    this.#arrangement = arrangement;
    [this.carriers, this.causes, this.counties] = [carriers, causes, counties];
    for (const key of carriers.keys()) this.#carriers.add(key);
    for (const key of causes.keys()) this.#causes.add(key);
    for (const key of counties.keys()) this.#counties.add(key);
  }

  get touched(): boolean { return this.#carriers.size > 0 || this.#causes.size > 0 || this.#counties.size > 0; }

  touchLink(link: Link): void {
    this.#carriers.add(carrierGroup(link));
    for (const cause of link.causes) this.#causes.add(cause);
  }
  touchCarrier(carrier: string): void {
    for (const key of this.carriers.keys()) if (key.startsWith(`${carrier}/`)) this.#carriers.add(key);
  }
  /** What is said of a site decides which of its links count. */
  touchSite(site: Site): void {
    if (site.county !== null) this.#counties.add(site.county);
    for (const id of site.links) {
      const link = this.#arrangement.links.get(id);
      if (link !== undefined) this.touchLink(link);
    }
  }
  /** What was touched since the last call. */
  take(): { readonly carriers: ReadonlySet<string>; readonly causes: ReadonlySet<string>; readonly counties: ReadonlySet<string> } {
    const taken = { carriers: this.#carriers, causes: this.#causes, counties: this.#counties };
    [this.#carriers, this.#causes, this.#counties] = [new Set(), new Set(), new Set()];
    return taken;
  }
}
