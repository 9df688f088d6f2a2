/** Which alert takes another's telling. Folding only ever delays or lists; it never closes, and it fails open: no open parent, no folding. */
import type { Arrangement } from '../arrangement/arrangement.ts';
import type { Alert, AlertKind } from '../model/alert.ts';
import type { LinkId, SiteId } from '../model/ids.ts';
import { carrierGroup } from './groups.ts';

interface ParentRule {
  readonly ladder: 'site-dark' | 'site-path' | 'link-flapping' | 'device-flapping' | 'device-down';
  readonly kinds: readonly AlertKind[];
}
const DARK: ParentRule = { ladder: 'site-dark', kinds: ['site-dark'] };
const ISOLATED: ParentRule = { ladder: 'site-path', kinds: ['site-isolated'] };
const CUT: ParentRule = { ladder: 'site-path', kinds: ['site-isolated', 'failover-stuck', 'site-failover'] };

/** Worst cause first. */
const PARENTS: Partial<Record<AlertKind, readonly ParentRule[]>> = {
  'site-isolated': [DARK],
  'failover-stuck': [DARK],
  'link-down': [DARK, { ladder: 'link-flapping', kinds: ['link-flapping'] }],
  'device-down': [DARK, CUT, { ladder: 'device-flapping', kinds: ['device-flapping'] }],
  'device-flapping': [DARK, CUT],
  'sensor-suspect': [DARK, ISOLATED, { ladder: 'device-down', kinds: ['device-down'] }],
};

/** Parents over site borders, by ladder: an outage takes the alerts of its links and of the sites that moved over because of them. */
function* wideParents(child: Alert, arrangement: Arrangement): Generator<string> {
  const site = child.site === null ? undefined : arrangement.sites.get(child.site);
  const links = child.subject.type === 'link' ? [child.subject.id] : child.kind === 'site-failover' || child.kind === 'site-unprotected' ? site?.links ?? [] : [];
  for (const id of links) {
    const link = arrangement.links.get(id as LinkId);
    if (link === undefined) continue;
    yield `access-blind/${link.carrier}`;
    for (const cause of link.causes) yield `shared-cause/${cause}`;
    yield `carrier-outage/${carrierGroup(link)}`;
  }
  // Only where one cause takes all of its links: then it has told of the site.
  if (child.kind === 'site-isolated' && site !== undefined) {
    const [first, ...rest] = site.links.map((id) => arrangement.links.get(id)?.causes ?? []);
    for (const cause of first ?? []) if (rest.every((causes) => causes.includes(cause))) yield `shared-cause/${cause}`;
  }
  if ((child.kind === 'site-dark' || child.kind === 'mains-lost') && site?.county != null) yield `area-power/${site.county}`;
}

/** The open alert that `child` should fold into; null when it stands for itself. `at` finds the open alert of a ladder, so that this costs the same in a storm. */
export function findParent(child: Alert, at: (ladder: string) => Alert | undefined, arrangement: Arrangement): Alert | null {
  for (const { ladder, kinds } of PARENTS[child.kind] ?? []) {
    const subject = ladder.startsWith('site') ? child.site : child.subject.id;
    const found = at(`${ladder}/${subject}`);
    if (found !== undefined && found.id !== child.id && kinds.includes(found.kind)) return found;
  }
  for (const ladder of wideParents(child, arrangement)) {
    const found = at(ladder);
    if (found !== undefined) return found;
  }
  if (child.kind !== 'site-isolated' || child.site === null) return null;
  for (const site of sitesInFront(child.site, arrangement)) {
    const found = at(`site-dark/${site}`) ?? at(`site-path/${site}`);
    if (found?.kind === 'site-dark' || found?.kind === 'site-isolated') return found;
  }
  return null;
}

/** Sites that `site` is reached through, nearest first. The arrangement has no rings. */
export function* sitesInFront(site: SiteId, arrangement: Arrangement): Generator<SiteId> {
  for (let at = arrangement.sites.get(site)?.reachedThrough ?? null; at !== null; at = arrangement.sites.get(at)?.reachedThrough ?? null) yield at;
}
