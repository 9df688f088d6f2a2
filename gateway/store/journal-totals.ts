/** The one row of running totals that every transaction of the journal rewrites: where each cursor stands and what was ever counted. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { RefusalCode } from '../model/refusal.ts';
import { GENESIS } from './timeline-chain.ts';

export const TOTALS_SCHEMA: string = `
  CREATE TABLE totals(
    accepted INTEGER NOT NULL, engine_position INTEGER NOT NULL, released_position INTEGER NOT NULL, spool_bytes INTEGER NOT NULL,
    timeline_seq INTEGER NOT NULL, timeline_head TEXT NOT NULL,
    quarantined INTEGER NOT NULL, quarantine_evicted INTEGER NOT NULL, quarantine_rows INTEGER NOT NULL, quarantine_bytes INTEGER NOT NULL, thinned INTEGER NOT NULL);
  INSERT INTO totals VALUES (0, 0, 0, 0, 0, '${GENESIS}', 0, 0, 0, 0, 0);
  CREATE TABLE refused(code TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID`;

/** A draft belongs to one transaction; it replaces the journal's own only when that is committed. */
export interface Totals {
  /** Records ever committed; as positions are contiguous from 1, also the last position. */
  accepted: number;
  enginePosition: number;
  releasedPosition: number;
  spoolBytes: number;
  timelineSeq: number;
  timelineHead: string;
  quarantined: number;
  quarantineEvicted: number;
  quarantineRows: number;
  quarantineBytes: number;
  thinned: number;
  refused: Map<RefusalCode, number>;
}

export const draftOf = (totals: Totals): Totals => ({ ...totals, refused: new Map(totals.refused) });

export class TotalsTable {
  readonly #database: DatabaseSync;
  readonly #update: StatementSync;
  readonly #count: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#update = database.prepare(`UPDATE totals SET accepted=?, engine_position=?, released_position=?, spool_bytes=?, timeline_seq=?, timeline_head=?,
      quarantined=?, quarantine_evicted=?, quarantine_rows=?, quarantine_bytes=?, thinned=?`);
    this.#count = database.prepare('INSERT INTO refused VALUES (?, ?) ON CONFLICT(code) DO UPDATE SET count=excluded.count');
  }

  read(): Totals {
    const row = this.#database.prepare('SELECT * FROM totals').get() ?? {};
    const refused = new Map<RefusalCode, number>();
    for (const { code, count } of this.#database.prepare('SELECT code, count FROM refused').iterate()) refused.set(code as RefusalCode, Number(count));
    return {
      accepted: Number(row['accepted']), enginePosition: Number(row['engine_position']), releasedPosition: Number(row['released_position']),
      spoolBytes: Number(row['spool_bytes']), timelineSeq: Number(row['timeline_seq']), timelineHead: String(row['timeline_head']),
      quarantined: Number(row['quarantined']), quarantineEvicted: Number(row['quarantine_evicted']),
      quarantineRows: Number(row['quarantine_rows']), quarantineBytes: Number(row['quarantine_bytes']), thinned: Number(row['thinned']), refused,
    };
  }

  /** Stores what differs from `before`. */
  write(totals: Totals, before: Totals): void {
    this.#update.run(
      totals.accepted, totals.enginePosition, totals.releasedPosition, totals.spoolBytes, totals.timelineSeq, totals.timelineHead,
      totals.quarantined, totals.quarantineEvicted, totals.quarantineRows, totals.quarantineBytes, totals.thinned,
    );
    for (const [code, count] of totals.refused) if (before.refused.get(code) !== count) this.#count.run(code, count);
  }
}
