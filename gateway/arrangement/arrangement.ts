/** The arrangement as the program uses it: references checked, durations in ms, defaults filled in. Made by load.ts from the document. */
import type { Severity } from '../model/alert.ts';
import type { AgencyId, ContactId, DeviceId, LinkId, SiteId } from '../model/ids.ts';
import type { Bearer, DeviceKind, Presence } from '../model/state.ts';
import type { Bilingual } from '../model/text.ts';
import type { Millis } from '../model/time.ts';

export interface Agency {
  readonly id: AgencyId;
  readonly kind: string;
  readonly name: Bilingual;
  /** As it stands in messages and names of links, such as 联通; the name where there is none. */
  readonly shortName: Bilingual;
}
export interface Contact {
  readonly id: ContactId;
  readonly agency: AgencyId;
  readonly role: string;
  readonly name: Bilingual | null;
  readonly drillable: boolean;
  readonly methods: readonly { readonly kind: string; readonly to: string; readonly ridesOn: AgencyId | null }[];
}
export interface Site {
  readonly id: SiteId;
  readonly kind: string;
  readonly name: Bilingual;
  readonly shortName: string;
  readonly parent: SiteId | null;
  /** The one field that puts a site behind another: while that one is isolated, this one's silent devices are unreachable. */
  readonly reachedThrough: SiteId | null;
  readonly county: string | null;
  readonly catchment: string | null;
  readonly position: { readonly lat: number; readonly lon: number } | null;
  readonly responsible: AgencyId | null;
  readonly power: AgencyId | null;
  /** In the order of their priority. */
  readonly links: readonly LinkId[];
  readonly devices: readonly DeviceId[];
  readonly failbackAfter: Millis;
  readonly resolveAfter: Millis;
  readonly failoverOnDegraded: boolean;
}
/** When silence counts. */
export interface Timing {
  readonly interval: Millis;
  readonly misses: number;
  /** interval x misses */
  readonly deadInterval: Millis;
  /** Heartbeats in a row that bring it back from `down`. */
  readonly recover: number;
}
export interface Link {
  readonly id: LinkId;
  readonly name: Bilingual;
  readonly site: SiteId;
  readonly carrier: AgencyId;
  readonly bearer: Bearer;
  readonly priority: number;
  readonly timing: Timing;
  readonly circuit: string | null;
  readonly faultPhone: string | null;
  readonly causes: readonly string[];
}
export interface Threshold {
  readonly metric: string;
  /** Exactly one of the two is set. */
  readonly above: number | null;
  readonly below: number | null;
  /** Clears only when three plausible readings are past this value. */
  readonly clear: number;
  readonly name: Bilingual;
  readonly severity: Severity;
}
export interface PlausibleRange {
  readonly min: number;
  readonly max: number;
  /** The largest believable change: `by` within `per`; all must hold. */
  readonly maxSteps: readonly { readonly by: number; readonly per: Millis }[];
}
export interface MoveRule {
  readonly by: number;
  readonly within: Millis;
  /** Month and day, both included; null: all the year. */
  readonly season: { readonly from: string; readonly to: string } | null;
}
export interface Device {
  readonly id: DeviceId;
  readonly name: Bilingual;
  readonly site: SiteId;
  readonly kind: DeviceKind;
  readonly model: string | null;
  readonly presence: Presence;
  readonly timing: Timing;
  readonly address: string | null;
  readonly plausible: ReadonlyMap<string, PlausibleRange>;
  /** Per metric: it moves by so much within so long while it is in season, or its sensor is stuck. */
  readonly moves: ReadonlyMap<string, MoveRule>;
  /** Milder first within one metric. Together the levels of one metric are one ladder. */
  readonly thresholds: readonly Threshold[];
  /** A metric of this device that is 0 while mains power is lost, such as `mains` or `input_v`; null where it has none. */
  readonly mainsMetric: string | null;
}
export interface Cause {
  readonly id: string;
  readonly kind: string;
  readonly name: Bilingual;
}
export interface Rules {
  readonly resolveAfter: Millis;
  readonly failbackAfter: Millis;
  /** How long the telling of an alert is held so that a parent can take it. */
  readonly holdTelling: Millis;
  readonly failoverStuckAfter: Millis;
  readonly flapping: { readonly transitions: number; readonly within: Millis; readonly stable: Millis };
}
export interface Arrangement {
  readonly timeZone: string;
  /** SHA-256 of the document's bytes: which version this is. */
  readonly digest: string;
  readonly agencies: ReadonlyMap<AgencyId, Agency>;
  readonly contacts: ReadonlyMap<ContactId, Contact>;
  readonly sites: ReadonlyMap<SiteId, Site>;
  readonly links: ReadonlyMap<LinkId, Link>;
  readonly devices: ReadonlyMap<DeviceId, Device>;
  readonly causes: ReadonlyMap<string, Cause>;
  /** Per carrier: addresses `host:port` that show whether the centre itself reaches it. */
  readonly references: ReadonlyMap<AgencyId, readonly string[]>;
  readonly rules: Rules;
}
