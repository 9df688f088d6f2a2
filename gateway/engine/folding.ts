/** Which alert takes another's telling. Folding only ever delays or lists; it never closes, and it fails open: no open parent, no folding. */
import type { Arrangement } from '../arrangement/arrangement.ts';
import type { Alert, AlertKind } from '../model/alert.ts';
import type { SiteId } from '../model/ids.ts';

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

/** The open alert that `child` should fold into; null when it stands for itself. `at` finds the open alert of a ladder, so that this costs the same in a storm. */
export function findParent(child: Alert, at: (ladder: string) => Alert | undefined, arrangement: Arrangement): Alert | null {
  for (const { ladder, kinds } of PARENTS[child.kind] ?? []) {
    const subject = ladder.startsWith('site') ? child.site : child.subject.id;
    const found = at(`${ladder}/${subject}`);
    if (found !== undefined && found.id !== child.id && kinds.includes(found.kind)) return found;
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
