/** Did a site lose its power? Judged when its last link has gone. */
import type { Millis, WallTime } from '../model/time.ts';

export interface PowerQuestion {
  /** Last good evidence and heartbeat interval of each link; null: never heard. */
  readonly links: readonly { readonly lastHeard: WallTime | null; readonly interval: Millis }[];
  readonly devicesLastHeard: readonly (WallTime | null)[];
  /** A device of the site said, in its last reading, that mains power was lost. */
  readonly mainsLost: boolean;
}
export type PowerAnswer = 'no' | 'probable' | 'confirmed';
/** Two links that share no fault do not end within this time of each other by chance. */
export const DARK_SLACK_MS = 5_000;

/**
 * `site-dark` is for a site with two or more links, the last good evidence of all of which lies within their largest interval + 5 s, and no
 * device of which was heard after. A device heard up to one interval after the last link heartbeat is still "at the same moment".
 */
export function judgePower({ links, devicesLastHeard, mainsLost }: PowerQuestion): PowerAnswer {
  if (links.length < 2) return 'no';
  const heard = links.map((link) => link.lastHeard).filter((at) => at !== null);
  if (heard.length < links.length) return 'no';
  const window = Math.max(...links.map((link) => link.interval)) + DARK_SLACK_MS;
  const last = Math.max(...heard);
  if (last - Math.min(...heard) > window) return 'no';
  if (devicesLastHeard.some((at) => at !== null && at > last + window)) return 'no';
  return mainsLost ? 'confirmed' : 'probable';
}
