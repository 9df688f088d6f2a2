/** Which alert takes another's telling. Folding only ever delays or lists; it never closes, and it fails open: no open parent, no folding. */
import type { Arrangement } from '../arrangement/arrangement.ts';
import type { Alert, AlertKind } from '../model/alert.ts';
import type { SiteId } from '../model/ids.ts';

const PARENTS_AT_SITE: Partial<Record<AlertKind, readonly AlertKind[]>> = {
  'site-isolated': ['site-dark'],
  'failover-stuck': ['site-dark'],
  'link-down': ['site-dark'],
  'device-down': ['site-dark', 'site-isolated', 'failover-stuck', 'site-failover'],
  'device-flapping': ['site-dark', 'site-isolated', 'failover-stuck', 'site-failover'],
  'sensor-suspect': ['site-dark', 'site-isolated'],
};
const PARENT_OF_SAME_SUBJECT: Partial<Record<AlertKind, AlertKind>> = {
  'link-down': 'link-flapping',
  'device-down': 'device-flapping',
  'sensor-suspect': 'device-down',
};

/** The open alert that `child` should fold into, worst cause first; null when it stands for itself. */
export function findParent(child: Alert, open: Iterable<Alert>, arrangement: Arrangement): Alert | null {
  const candidates = [...open].filter((alert) => alert.id !== child.id && alert.drill === child.drill);
  for (const kind of PARENTS_AT_SITE[child.kind] ?? []) {
    const found = candidates.find((alert) => alert.kind === kind && alert.site === child.site && child.site !== null);
    if (found !== undefined) return found;
  }
  if (child.kind === 'site-isolated' && child.site !== null) {
    for (const site of sitesInFront(child.site, arrangement)) {
      const found = candidates.find((alert) => (alert.kind === 'site-dark' || alert.kind === 'site-isolated') && alert.site === site);
      if (found !== undefined) return found;
    }
  }
  const kind = PARENT_OF_SAME_SUBJECT[child.kind];
  return candidates.find((alert) => alert.kind === kind && alert.subject.id === child.subject.id) ?? null;
}

/** Sites that `site` is reached through, nearest first. The arrangement has no rings. */
export function* sitesInFront(site: SiteId, arrangement: Arrangement): Generator<SiteId> {
  for (let at = arrangement.sites.get(site)?.reachedThrough ?? null; at !== null; at = arrangement.sites.get(at)?.reachedThrough ?? null) yield at;
}
