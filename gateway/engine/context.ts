/** What the parts of the engine share during a step. */
import type { Arrangement } from '../arrangement/arrangement.ts';
import type { AlertBook } from './alert-book.ts';
import type { Deadlines, Timer } from './deadlines.ts';
import type { SiteId } from '../model/ids.ts';
import { millis, type Instant, type Millis, type MonoTime, type WallTime } from '../model/time.ts';
import { sitesInFront } from './folding.ts';
import type { Groups } from './groups.ts';
import type { Outbox } from './outbox.ts';
import type { DeviceState, LinkState, SiteState } from './subjects.ts';
import type { Wording } from './wording.ts';

export interface Context {
  arrangement: Arrangement;
  wording: Wording;
  readonly devices: Map<string, DeviceState>;
  readonly links: Map<string, LinkState>;
  readonly sites: Map<string, SiteState>;
  readonly deadlines: Deadlines;
  readonly outbox: Outbox;
  readonly book: AlertBook;
  /** Our own store refuses messages, so that silence is no evidence. */
  storeFails: boolean;
  groups: Groups;
  /** Newest result of the centre's own access to each carrier; none where it names no references. */
  readonly references: Map<string, { readonly failures: number; readonly at: WallTime }>;
  /** Carriers that we ourselves do not reach: nothing is said of their links. */
  readonly blindCarriers: Set<string>;
  selfCheckFails: boolean;
  /** When anything beyond the centre was heard last. */
  lastRemoteAt: MonoTime;
  /** Of all links; null without any. */
  shortestDead: Millis | null;
  /** Since when we see nothing ourselves; null while we do. */
  blindSince: Instant | null;
  readonly blindTimer: Timer;
}

/** True while silence proves nothing. */
export const isBlind = (context: Context): boolean => context.storeFails || context.blindSince !== null;

/** The sites of these links, each once. */
export function sitesOfLinks(context: Context, links: readonly LinkState[]): SiteState[] {
  const sites = new Map<string, SiteState>();
  for (const { link } of links) {
    const site = context.sites.get(link.site);
    if (site !== undefined) sites.set(site.site.id, site);
  }
  return [...sites.values()];
}

/** The isolated site that `site` is or sits behind; null when its way to the centre is not known to be cut. */
export function isolatedInFront(context: Context, site: SiteId): SiteState | null {
  const own = context.sites.get(site);
  if (own?.isolatedAt != null) return own;
  for (const front of sitesInFront(site, context.arrangement)) {
    const state = context.sites.get(front);
    if (state?.isolatedAt != null) return state;
  }
  return null;
}

/** `site` and every site that is reached through it. */
export function* sitesBehind(context: Context, site: SiteId): Generator<SiteState> {
  for (const state of context.sites.values()) {
    if (state.site.id === site || [...sitesInFront(state.site.id, context.arrangement)].includes(site)) yield state;
  }
}

/** The shortest dead interval of all links. */
export function shortestDead(arrangement: Arrangement): Millis | null {
  const all = [...arrangement.links.values()].map((link) => link.timing.deadInterval);
  return all.length === 0 ? null : millis(all.reduce((least, each) => Math.min(least, each), Infinity));
}
