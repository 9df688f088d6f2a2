/** What `lianqin spool` asks for and gets. */
import type { ReplayStatus } from '../history/history-replay.ts';
import type { JournalStatus } from '../model/ports/journal.ts';

export interface SpoolStatus {
  readonly accepted: number;
  /** Up to where each history holds the records. */
  readonly histories: Readonly<Record<string, number>>;
  readonly waiting: number;
  readonly spoolBytes: number;
  readonly maxBytes: number;
  readonly quarantined: number;
  readonly evicted: number;
  readonly thinned: number;
  readonly refusedByCode: JournalStatus['counters']['refusedByCode'];
  readonly replay: ReplayStatus | null;
}
export type SpoolReply =
  | ({ readonly type: 'spool' } & SpoolStatus)
  | { readonly type: 'replaying' }
  | { readonly type: 'refused'; readonly because: string };

/** accepted = stored + waiting + thinned; quarantined counts what is held and what was evicted apart. */
export function spoolStatus({ counters, lastPosition, releasedPosition, spoolBytes }: JournalStatus, maxBytes: number, histories: Readonly<Record<string, number>>, replay: ReplayStatus | null): SpoolStatus {
  const reached = Object.values(histories);
  return {
    accepted: lastPosition, histories, waiting: lastPosition - (reached.length === 0 ? releasedPosition : Math.min(...reached)), spoolBytes, maxBytes,
    quarantined: counters.quarantined - counters.quarantineEvicted, evicted: counters.quarantineEvicted, thinned: counters.thinned, refusedByCode: counters.refusedByCode, replay,
  };
}
