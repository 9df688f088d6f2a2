/** What the parts of the engine share during a step. */
import type { Arrangement } from '../arrangement/arrangement.ts';
import type { AlertBook } from './alert-book.ts';
import type { Deadlines } from './deadlines.ts';
import type { SiteId } from '../model/ids.ts';
import { sitesInFront } from './folding.ts';
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
  blind: boolean;
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
