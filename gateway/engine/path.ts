/** Which of a site's links carries it. A pure decision over the links in priority order. */
import type { LinkId } from '../model/ids.ts';
import type { Liveness, PathBasis, PathIs } from '../model/state.ts';
import type { MonoTime } from '../model/time.ts';

export interface PathLink {
  readonly id: LinkId;
  readonly is: Liveness;
  readonly degraded: boolean;
  readonly flapping: boolean;
  /** Until when a link that came back may not yet take over; null when it is free. */
  readonly holdUntil: MonoTime | null;
}
export interface PathQuestion {
  /** In priority order, the preferred one first; at least one. */
  readonly links: readonly PathLink[];
  /** The link that carried until now. */
  readonly carried: LinkId | null;
  /** A device of the site is heard though no link accounts for it. */
  readonly heardOtherwise: boolean;
  /** What a device of the site says carries it. */
  readonly reported: LinkId | null;
  readonly failoverOnDegraded: boolean;
  readonly now: MonoTime;
}
export interface PathAnswer {
  readonly is: PathIs;
  readonly carries: LinkId | null;
  readonly next: LinkId | null;
  /** The running hold of a better link, if any. */
  readonly holdUntil: MonoTime | null;
  readonly basis: PathBasis;
  /** The site says that it sits on a link that is down while another would carry: it should have moved and did not. */
  readonly stuckOn: LinkId | null;
}

/** down is not usable, unknown is neither; late, degraded and flapping are. */
const usable = (link: PathLink): boolean => link.is === 'up' || link.is === 'late';

export function decidePath(question: PathQuestion): PathAnswer {
  const { links, reported } = question;
  const ranked = rank(question);
  const best = ranked[0] ?? null;
  const free = ranked.find((link) => !inHold(link, question)) ?? null;
  // A hold counts only while another link carries: with nothing else to carry, the held link is taken at once, and keeps what it carries.
  const inferred = free ?? best;
  const said = links.find((link) => link.id === reported) ?? null;
  const moved = said !== null && usable(said) ? said : inferred;
  const basis: PathBasis = said !== null && usable(said) ? 'reported' : 'inferred';
  const stuckOn = said !== null && said.is === 'down' && inferred !== null ? said.id : null;
  const held = best !== null && moved !== null && best !== moved && inHold(best, question) ? best.holdUntil : null;
  return {
    is: classify(question, moved), carries: moved?.id ?? null, next: ranked.find((link) => link !== moved)?.id ?? null,
    holdUntil: held, basis, stuckOn,
  };
}

const inHold = (link: PathLink, { now, carried }: PathQuestion): boolean => link.holdUntil !== null && now < link.holdUntil && link.id !== carried;

/** Usable links in the order in which they should carry: sound ones by priority, then degraded where that matters, then flapping. */
function rank({ links, failoverOnDegraded }: PathQuestion): readonly PathLink[] {
  const penalty = (link: PathLink): number => (link.flapping ? 2 : 0) + (failoverOnDegraded && link.degraded ? 1 : 0);
  return links.filter(usable).toSorted((a, b) => penalty(a) - penalty(b) || links.indexOf(a) - links.indexOf(b));
}

function classify({ links, heardOtherwise }: PathQuestion, carries: PathLink | null): PathIs {
  const [preferred, ...backups] = links;
  if (preferred === undefined || preferred.is === 'unknown') return 'unknown';
  if (carries === null) return links.every((link) => link.is === 'down') && !heardOtherwise ? 'isolated' : 'unknown';
  if (carries !== preferred) return 'failover';
  if (backups.length === 0) return 'single';
  if (backups.some(usable) || backups.every((link) => link.is === 'unknown')) return 'primary';
  return 'unprotected';
}
