/**
 * Outages of a carrier, and what looks like one and is not: the centre's own access to it. A link counts only while its site is heard some other way;
 * else it may be the site that has failed, and no carrier is blamed for that.
 */
import type { Alert } from '../model/alert.ts';
import type { AgencyId, LinkId } from '../model/ids.ts';
import { minutes, type Instant, type Millis } from '../model/time.ts';
import type { LadderFacts } from './alert-book.ts';
import { sitesOfLinks, type Context } from './context.ts';
import { carrierGroup, classOf, type BearerClass } from './groups.ts';
import { refreshLink } from './link-rules.ts';
import { renewLife } from './liveness.ts';
import { linkEvidence } from './show-evidence.ts';
import { refreshSite } from './site-rules.ts';
import type { LinkState } from './subjects.ts';

const LEAST_LINKS = 3;
const SHARE = 0.3;
const CLEAR_SHARE = 0.15;
const CLEAR_AFTER: Millis = minutes(10);
/** Failed checks of the centre's own access in a row that count. */
const AGREEING = 2;

export const outageLadder = (group: string): string => `carrier-outage/${group}`;
export const accessLadder = (carrier: string): string => `access-blind/${carrier}`;

/** A reference of the carrier was tried from the centre. */
export function takeReference(context: Context, carrier: AgencyId, reachable: boolean, now: Instant): void {
  const before = context.references.get(carrier) ?? { failures: 0, at: now.wall };
  context.references.set(carrier, { failures: reachable ? 0 : before.failures + 1, at: now.wall });
  context.groups.touchCarrier(carrier);
}

export function judgeCarrier(context: Context, group: string, now: Instant): void {
  const links = (context.groups.carriers.get(group) ?? []).map((id) => context.links.get(id)).filter((link) => link !== undefined);
  const [first] = links;
  if (first === undefined) return;
  const { carrier } = first.link;
  if (judgeAccess(context, carrier, links, now)) return;
  const down = links.filter((link) => counts(context, link));
  const facts = carrierFacts(context, carrier, outageLadder(group), classOf(first.link));
  const open = context.book.at(facts.ladder);
  const share = down.length / links.length;
  const reached = open === undefined ? down.length >= LEAST_LINKS && share >= SHARE : share >= CLEAR_SHARE;
  if (!reached) {
    if (open !== undefined) context.book.set(facts, null, now);
    return;
  }
  const others = [...context.groups.carriers.keys()].some((key) => !key.startsWith(`${carrier}/`) && context.book.at(outageLadder(key)) !== undefined);
  const sites = sitesOfLinks(context, links.filter((link) => link.is === 'down'));
  context.book.set(facts, {
    rank: 1, kind: 'carrier-outage', severity: others ? 'red' : 'orange', level: null, evidence: down.slice(0, 20).flatMap((link) => linkEvidence(link).slice(0, 1)),
    because: context.wording.carrierOutage(carrier, classOf(first.link), {
      total: links.length, down: down.length, since: Math.min(...down.map((link) => link.since)) as LinkState['since'],
      switched: sites.filter((site) => site.path?.is === 'failover').length,
      isolated: sites.filter((site) => site.path?.is === 'isolated').map(({ site }) => site), last: sites.filter((site) => site.path?.is === 'failover' && site.path.next === null).map(({ site }) => site),
      tested: context.references.get(carrier) !== undefined,
    }),
  }, now);
  // The first of two becomes red with the second.
  if (open === undefined) for (const key of context.groups.carriers.keys()) if (!key.startsWith(`${carrier}/`) && context.book.at(outageLadder(key)) !== undefined) context.groups.touchCarrier(key.split('/')[0] ?? '');
}

/** True while nothing can be said of the carrier, because we do not reach it ourselves. */
function judgeAccess(context: Context, carrier: AgencyId, links: readonly LinkState[], now: Instant): boolean {
  const failing = (context.references.get(carrier)?.failures ?? 0) >= AGREEING;
  const blind = context.blindCarriers.has(carrier);
  const facts = carrierFacts(context, carrier, accessLadder(carrier), null);
  if (failing && (blind || links.some((link) => link.life.is === 'down'))) {
    if (!blind) {
      context.blindCarriers.add(carrier);
      refreshCarrier(context, carrier, now);
    }
    context.book.set(facts, {
      rank: 1, kind: 'access-blind', severity: 'orange', level: null, evidence: [{ type: 'gateway-check', at: context.references.get(carrier)?.at ?? now.wall, value: false, source: 'references' }],
      because: context.wording.accessBlind(carrier, now.wall),
    }, now);
    for (const key of context.groups.carriers.keys()) if (key.startsWith(`${carrier}/`)) context.book.freeze(outageLadder(key), now);
    return true;
  }
  if (blind) {
    context.blindCarriers.delete(carrier);
    // What was silent meanwhile was not heard by us: it gets a full dead interval.
    for (const link of context.links.values()) {
      if (link.link.carrier !== carrier || link.life.is !== 'down') continue;
      renewLife(link.life, now, link.link.timing);
      link.life.is = 'unknown';
      context.deadlines.set(link.lifeTimer, link.life.downAt);
    }
    refreshCarrier(context, carrier, now);
    context.book.set(facts, null, now);
  }
  return false;
}

function refreshCarrier(context: Context, carrier: AgencyId, now: Instant): void {
  const sites = new Set<string>();
  for (const link of context.links.values()) if (link.link.carrier === carrier && refreshLink(context, link, now)) sites.add(link.link.site);
  for (const id of sites) {
    const site = context.sites.get(id);
    if (site !== undefined) refreshSite(context, site, now);
  }
}

/** Down by itself, and its site is heard by another link or by a way that we do not know of. */
function counts(context: Context, state: LinkState): boolean {
  if (state.is !== 'down' || state.verdict !== 'link') return false;
  const site = context.sites.get(state.link.site);
  if (site === undefined || site.dark !== 'no') return false;
  const other = site.site.links.some((id) => id !== state.link.id && isHeard(context, id));
  return other || site.path?.is === 'unknown';
}
const isHeard = (context: Context, id: LinkId): boolean => {
  const is = context.links.get(id)?.is;
  return is === 'up' || is === 'late';
};

/** `group`: the bearer class of an outage; each has an alert of its own. */
function carrierFacts(context: Context, carrier: AgencyId, ladder: string, group: BearerClass | null): LadderFacts {
  const own = ladder.startsWith('access-blind');
  return {
    ladder, subject: { type: 'carrier', id: carrier, ...(group === null ? {} : { metric: group }) }, site: null, carrier: own ? null : carrier, responsible: own ? [] : [carrier], resolveAfter: own ? context.arrangement.rules.resolveAfter : CLEAR_AFTER,
    name: context.wording.carrier(carrier),
  };
}

/** Others of its carrier or cause are down as well: a greater alert may be about to take this one. */
export function mayGroup(context: Context, alert: Alert): boolean {
  const ids = alert.kind === 'link-down' ? [alert.subject.id] : alert.kind === 'site-failover' && alert.site !== null ? context.sites.get(alert.site)?.site.links ?? [] : [];
  return ids.some((id) => {
    const state = context.links.get(id);
    if (state?.is !== 'down') return false;
    const others = [context.groups.carriers.get(carrierGroup(state.link)) ?? [], ...state.link.causes.map((cause) => context.groups.causes.get(cause) ?? [])];
    return others.flat().some((other) => other !== id && context.links.get(other)?.is === 'down');
  });
}
