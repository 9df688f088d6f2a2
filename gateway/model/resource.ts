/** The objects of the HTTP API, the event stream and the retained state topics (docs/http.md). Times are epoch ms, null where absent. */
import type { Alert, AlertPhase, AlertSubject, AlertPart, AlertKind, Severity } from './alert.ts';
import type { Evidence } from './evidence.ts';
import type { Bearer, DeviceIs, DeviceKind, LinkHealth, Liveness, PathBasis, PathIs, Presence, Verdict } from './state.ts';
import type { Bilingual } from './text.ts';

export interface DeviceResource {
  readonly id: string;
  readonly name: Bilingual;
  readonly site: string;
  readonly kind: DeviceKind;
  readonly presence: Presence;
  readonly intervalMs: number;
  readonly deadIntervalMs: number;
  readonly state: {
    readonly is: DeviceIs;
    readonly since: number;
    readonly lastHeard: number | null;
    readonly flapping: boolean;
    readonly freshness: 'ok' | 'missing' | 'stale' | 'stuck' | 'suspect';
    readonly verdict: Verdict;
    /** The isolated site that it is behind, while `unreachable`. */
    readonly behind: string | null;
    readonly evidence: readonly Evidence[];
  };
  readonly metrics: Readonly<Record<string, MetricResource>>;
}
export interface MetricResource {
  readonly value: number;
  readonly at: number;
  readonly quality: 'ok' | 'suspect';
  readonly unit: string;
}
export interface LinkResource {
  readonly id: string;
  readonly name: Bilingual;
  readonly site: string;
  readonly carrier: string;
  readonly bearer: Bearer;
  readonly priority: number;
  readonly circuit: string | null;
  readonly intervalMs: number;
  readonly deadIntervalMs: number;
  readonly state: {
    readonly is: Liveness;
    readonly health: LinkHealth;
    readonly since: number;
    readonly lastHeard: number | null;
    readonly flapping: boolean;
    readonly verdict: Verdict;
    readonly evidence: readonly Evidence[];
  };
  readonly metrics: Readonly<Record<string, MetricResource>>;
}
/** One hour of a device: what should have come, and what did. */
export interface GapResource {
  readonly hour: number;
  readonly expected: number;
  readonly received: number;
  readonly late: number;
  readonly duplicate: number;
}
export interface PathResource {
  readonly site: string;
  readonly is: PathIs;
  readonly carries: string | null;
  readonly next: string | null;
  readonly holdUntil: number | null;
  readonly basis: PathBasis;
  readonly since: number;
  readonly evidence: readonly Evidence[];
}
export interface SiteResource {
  readonly id: string;
  readonly name: Bilingual;
  readonly shortName: string;
  readonly kind: string;
  readonly parent: string | null;
  readonly reachedThrough: string | null;
  readonly county: string | null;
  readonly position: { readonly lat: number; readonly lon: number } | null;
  readonly responsible: string | null;
  readonly power: string | null;
  readonly links: readonly string[];
  readonly devices: readonly string[];
  /** Null for a site without links of its own. */
  readonly path: PathResource | null;
}
export interface AlertResource extends Omit<Alert, 'because' | 'subject' | 'parts' | 'kind' | 'phase' | 'severity'> {
  readonly kind: AlertKind;
  readonly severity: Severity;
  readonly phase: AlertPhase;
  readonly subject: AlertSubject;
  readonly parts: readonly AlertPart[];
  /** The reason in English; both languages stand in `text`. */
  readonly because: string;
  readonly text: Bilingual;
}
/** The numbers of the sentence that says how the city stands. */
export interface Summary {
  readonly at: number;
  readonly sitesIsolated: readonly string[];
  readonly sitesDark: readonly string[];
  readonly sitesOnBackup: readonly string[];
  /** Of those on backup, the ones with no further backup. */
  readonly sitesOnLastLink: readonly string[];
  readonly sitesUnprotected: readonly string[];
  readonly sitesUnknown: readonly string[];
  readonly openAlerts: number;
  readonly notTaken: number;
  /** Levels that are exceeded now. */
  readonly thresholds: readonly ThresholdSummary[];
  /** What the gateway itself cannot do at the moment; empty when all is well. */
  readonly impaired: readonly Bilingual[];
  readonly sentence: Bilingual;
}
export interface ThresholdSummary {
  readonly device: string;
  readonly site: string;
  readonly metric: string;
  readonly level: string;
  readonly value: number;
  readonly over: number;
  readonly unit: string;
}
