/** What a device, a link and a site's path can be; the words are those of the topics, the API and the UI. */
import type { Evidence } from './evidence.ts';
import type { LinkId, SiteId } from './ids.ts';
import type { WallTime } from './time.ts';

export type Liveness = 'unknown' | 'up' | 'late' | 'down';
/** A device may also be `unreachable`: silent behind an isolated site. */
export type DeviceIs = Liveness | 'unreachable';
export type LinkHealth = 'good' | 'degraded' | 'unknown';
export type PathIs = 'primary' | 'single' | 'unprotected' | 'failover' | 'isolated' | 'unknown';
/** Who says which link carries: the device's own report, or our inference from liveness. */
export type PathBasis = 'reported' | 'inferred';
/** Which of six a fault is put down to; null while nothing is wrong or nothing can be said. */
export type Verdict = 'gateway' | 'link' | 'site-power' | 'device' | 'sensor' | 'customer-equipment' | null;

export interface PathState {
  readonly site: SiteId;
  readonly is: PathIs;
  readonly carries: LinkId | null;
  readonly next: LinkId | null;
  /** When the preferred link will carry again, if it stays good until then; null when no hold runs. */
  readonly holdUntil: WallTime | null;
  readonly basis: PathBasis;
  readonly since: WallTime;
  readonly evidence: readonly Evidence[];
}
export type DeviceKind = 'radio' | 'repeater' | 'flood-sensor' | 'depot-equipment' | 'ups' | 'vehicle' | 'link-agent' | 'other';
export type Bearer = 'fibre' | '5g' | '4g' | 'satellite' | 'microwave' | 'hf' | 'vhf' | 'mesh';
export type Presence = 'fixed' | 'duty' | 'portable';
