/** The running totals of a journal whose file was salvaged, counted anew from the rows that are left. */
import type { DatabaseSync } from 'node:sqlite';
import { readNumber } from './sqlite-file.ts';
import { GENESIS } from './timeline-chain.ts';

/**
 * Positions go on from where the damaged file says that they were: what was lost may have been counted by the histories, and a position that is
 * used twice would be taken for a repetition.
 */
export function recount(database: DatabaseSync, damaged: DatabaseSync | null, stamp: number): void {
  const totals = totalsOf(damaged);
  // Without its totals nobody knows how far the histories are: a time in ms is beyond any count of records.
  const floor = totals?.accepted ?? stamp;
  const last = readNumber(database, 'SELECT coalesce(max(first + count - 1), 0) FROM spool');
  const oldest = readNumber(database, 'SELECT coalesce(min(first), 0) FROM spool');
  const head = database.prepare('SELECT seq, hash FROM timeline ORDER BY seq DESC LIMIT 1').get();
  const before = oldest > 0 ? oldest - 1 : Math.max(last, floor);
  database.prepare(`UPDATE totals SET accepted=?, engine_position=?, released_position=?, spool_bytes=?, timeline_seq=?, timeline_head=?, quarantined=?, quarantine_rows=?, quarantine_bytes=?`).run(
    Math.max(last, floor), before, before, readNumber(database, 'SELECT coalesce(sum(length(bytes)), 0) FROM spool'), Number(head?.['seq'] ?? 0), String(head?.['hash'] ?? GENESIS),
    Math.max(totals?.quarantined ?? 0, readNumber(database, 'SELECT coalesce(max(id), 0) FROM quarantine')), readNumber(database, 'SELECT count(*) FROM quarantine'), readNumber(database, 'SELECT coalesce(sum(size), 0) FROM quarantine'),
  );
}

function totalsOf(damaged: DatabaseSync | null): { readonly accepted: number; readonly quarantined: number } | null {
  try {
    const row = damaged?.prepare('SELECT accepted, quarantined FROM totals').get();
    return row === undefined ? null : { accepted: Number(row['accepted']), quarantined: Number(row['quarantined']) };
  } catch {
    return null;
  }
}
