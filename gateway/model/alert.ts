/** An alert: something a person must know; it has a severity, an owner and a timeline. */
import type { Evidence } from './evidence.ts';
import type { AgencyId, AlertId, ContactId, SiteId } from './ids.ts';
import type { Bilingual } from './text.ts';
import type { WallTime } from './time.ts';

/** Kinds that this gateway raises. More are added as the verdicts that raise them are built. */
export const ALERT_KINDS = [
  'link-down', 'link-degraded', 'link-flapping', 'device-down', 'device-flapping',
  'site-unprotected', 'site-failover', 'site-isolated', 'failover-stuck', 'site-dark',
  'carrier-outage', 'access-blind', 'shared-cause', 'mains-lost', 'battery-low', 'area-power', 'gateway-blind', 'clock-skew', 'sensor-stale', 'sensor-stuck',
  'threshold', 'sensor-suspect', 'spool-filling', 'store-unreachable', 'data-dropped', 'certificate-expiry',
] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];
/** How urgently somebody is told, nothing else. */
export type Severity = 'red' | 'orange' | 'yellow' | 'blue';
export type AlertPhase = 'firing' | 'taken' | 'resolved';
export interface AlertSubject {
  readonly type: 'site' | 'link' | 'device' | 'carrier' | 'cause' | 'area' | 'gateway';
  readonly id: string;
  readonly metric?: string;
}
/** One responsible agency's part of an alert, with its own owner. */
export interface AlertPart {
  readonly agency: AgencyId;
  readonly owner: ContactId | null;
}
export interface Alert {
  readonly id: AlertId;
  readonly kind: AlertKind;
  readonly severity: Severity;
  readonly subject: AlertSubject;
  /** Level name of a threshold, such as 警戒水位; null for every other kind. */
  readonly level: string | null;
  readonly site: SiteId | null;
  readonly carrier: AgencyId | null;
  readonly phase: AlertPhase;
  /** True from 好转未恢复 until it worsens again or resolves. */
  readonly improved: boolean;
  readonly owner: ContactId | null;
  readonly parts: readonly AlertPart[];
  readonly openedAt: WallTime;
  /** When the telling was due and went out; null while it is held or folded into `parent`. */
  readonly toldAt: WallTime | null;
  readonly resolvedAt: WallTime | null;
  /** Why it ended. `superseded`: a worse rung of its ladder took its place. `removed`: its subject left the arrangement. */
  readonly resolution: 'restored' | 'superseded' | 'removed' | null;
  /** The alert that took its place, where `resolution` is `superseded`. */
  readonly supersededBy: AlertId | null;
  readonly parent: AlertId | null;
  readonly drill: boolean;
  readonly because: Bilingual;
  readonly evidence: readonly Evidence[];
  /** Reply code; null until the alert is told to a person over a channel that can answer. */
  readonly code: string | null;
}
