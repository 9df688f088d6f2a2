/** Links of several carriers that share a named duct, mast, feed or region and fail together: one alert, and one crew. */
import type { AgencyId } from '../model/ids.ts';
import type { Instant } from '../model/time.ts';
import type { LadderFacts } from './alert-book.ts';
import { sitesOfLinks, type Context } from './context.ts';
import { linkEvidence } from './show-evidence.ts';
import type { LinkState } from './subjects.ts';

const LEAST_LINKS = 2;
const WITHIN_MS = 120_000;
export const causeLadder = (cause: string): string => `shared-cause/${cause}`;

export function judgeCause(context: Context, cause: string, now: Instant): void {
  const links = (context.groups.causes.get(cause) ?? []).map((id) => context.links.get(id)).filter((link) => link !== undefined);
  // A site without power takes all its links with it; that is not the duct.
  const down = links.filter((link) => link.is === 'down' && link.verdict === 'link');
  const together = context.book.at(causeLadder(cause)) === undefined ? largestTogether(down) : down;
  const carriers = new Set(together.map((link) => link.link.carrier));
  const facts = causeFacts(context, cause, [...carriers]);
  if (together.length < LEAST_LINKS || carriers.size < 2) return context.book.set(facts, null, now);
  const sites = sitesOfLinks(context, together);
  context.book.set(facts, {
    rank: 1, kind: 'shared-cause', severity: 'red', level: null, evidence: together.flatMap((link) => linkEvidence(link).slice(0, 1)),
    because: context.wording.sharedCause(cause, {
      carriers: [...carriers], links: together.length, since: Math.min(...together.map((link) => link.since)) as LinkState['since'],
      sites: sites.length, isolated: sites.filter((site) => site.path?.is === 'isolated').map(({ site }) => site),
    }),
  }, now);
}

/** The most links that went down within the time of each other. */
function largestTogether(down: readonly LinkState[]): readonly LinkState[] {
  const ordered = down.toSorted((a, b) => a.since - b.since);
  let best: readonly LinkState[] = [];
  for (const [index, first] of ordered.entries()) {
    const group = ordered.slice(index).filter((link) => link.since - first.since <= WITHIN_MS);
    if (group.length > best.length) best = group;
  }
  return best;
}

function causeFacts(context: Context, cause: string, carriers: readonly AgencyId[]): LadderFacts {
  return {
    ladder: causeLadder(cause), subject: { type: 'cause', id: cause }, site: null, carrier: null, responsible: carriers, resolveAfter: context.arrangement.rules.resolveAfter,
    name: context.arrangement.causes.get(cause)?.name ?? { zh: cause, en: cause },
  };
}
