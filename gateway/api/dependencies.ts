/** What the API is given; app.ts names who stands behind each. */
import type { Arrangement } from '../arrangement/arrangement.ts';
import type { Message, Verdict } from '../ingest/door.ts';
import type { Clock } from '../model/ports/clock.ts';
import type { HistoryStore } from '../model/ports/history-store.ts';
import type { Journal } from '../model/ports/journal.ts';
import type { Log } from '../model/ports/log.ts';
import type { ChangeFeed, Situation } from '../model/ports/situation.ts';
import type { HealthReport } from './health.ts';
import type { MetricsText } from './metrics.ts';
import type { ResolvePrincipal } from './principal.ts';
import type { StreamReaders } from './stream-readers.ts';

/** Devices that are taken into the arrangement at run time. */
export interface Adoption {
  adopt(device: unknown): Promise<{ readonly type: 'adopted' } | { readonly type: 'refused'; readonly because: string; readonly conflict: boolean }>;
  yaml(): string;
}

export interface ApiDependencies {
  readonly situation: Situation;
  readonly feed: ChangeFeed;
  readonly journal: Pick<Journal, 'readTimeline' | 'readQuarantine' | 'status'>;
  readonly history: Pick<HistoryStore, 'query' | 'metrics' | 'status'>;
  readonly arrangement: () => Arrangement;
  readonly metricsText: () => Promise<MetricsText>;
  readonly health: () => HealthReport;
  /** The one door; resolves with its verdict, that is after the commit. */
  readonly receive: (message: Message) => Promise<Verdict>;
  readonly adoption: Adoption;
  readonly clock: Clock;
  readonly log: Log;
  /** A loopback address; anything else is refused until there is sign-in. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Folder of the page; its files are read once, at start. */
  readonly pageDir: string;
  /** `http.publicUrl`: its host is accepted beside the loopback names. */
  readonly publicUrl?: string | null;
  /** Who asks; by default anybody on loopback is the administrator. */
  readonly principals?: ResolvePrincipal;
}
/** What a file of routes is given. */
export interface RouteContext extends ApiDependencies {
  readonly readers: StreamReaders;
}
