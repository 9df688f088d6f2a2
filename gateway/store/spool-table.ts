/** The spool: one row a group, under the position of its first record. Rows go when history and engine have both passed them. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { SpoolGroup, Thinned } from '../model/ports/journal.ts';
import type { Totals } from './journal-totals.ts';

export const SPOOL_SCHEMA = 'CREATE TABLE spool(first INTEGER PRIMARY KEY, count INTEGER NOT NULL, bytes BLOB NOT NULL)';

/** What one slice of deleting touches at most; a millisecond or two. */
const SLICE_GROUPS = 32;
const SLICE_BYTES = 4_000_000;

export class SpoolTable {
  readonly #insert: StatementSync;
  readonly #holding: StatementSync;
  readonly #after: StatementSync;
  readonly #oldest: StatementSync;
  readonly #delete: StatementSync;
  readonly #sizes: StatementSync;

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare('INSERT INTO spool VALUES (?, ?, ?)');
    this.#holding = database.prepare('SELECT first, count FROM spool WHERE first <= ? ORDER BY first DESC LIMIT 1');
    this.#after = database.prepare('SELECT first, count, bytes FROM spool WHERE first >= ? ORDER BY first');
    this.#oldest = database.prepare(`SELECT first, count, length(bytes) AS size FROM spool ORDER BY first LIMIT ${SLICE_GROUPS}`);
    this.#delete = database.prepare('DELETE FROM spool WHERE first <= ?');
    this.#sizes = database.prepare('SELECT first, count, length(bytes) AS size FROM spool ORDER BY first');
  }

  /** Returns the position of the group's first record. */
  append(group: { readonly bytes: Uint8Array; readonly count: number }, totals: Totals): number {
    const first = totals.accepted + 1;
    this.#insert.run(first, group.count, group.bytes);
    totals.accepted += group.count;
    totals.spoolBytes += group.bytes.length;
    return first;
  }

  /** Groups whose last record is at or after `from`, oldest first, until `maxBytes` are reached; at least one if any. */
  read(from: number, maxBytes: number): SpoolGroup[] {
    const holding = this.#holding.get(from);
    const start = holding !== undefined && Number(holding['first']) + Number(holding['count']) > from ? Number(holding['first']) : from;
    const groups: SpoolGroup[] = [];
    let size = 0;
    for (const row of this.#after.iterate(start)) {
      const bytes = row['bytes'] as Uint8Array<ArrayBuffer>;
      if (groups.length > 0 && size + bytes.length > maxBytes) break;
      size += bytes.length;
      groups.push({ first: Number(row['first']), count: Number(row['count']), bytes });
    }
    return groups;
  }

  /** Deletes the oldest groups that lie wholly at or before `upTo` until `bytes` are free; null where that is not to be had. */
  thin(bytes: number, upTo: number, totals: Totals): Thinned | null {
    const going: { first: number; last: number; size: number }[] = [];
    let freed = 0;
    for (const row of this.#sizes.iterate()) {
      const [first, count, size] = [Number(row['first']), Number(row['count']), Number(row['size'])];
      if (first + count - 1 > upTo) break;
      going.push({ first, last: first + count - 1, size });
      freed += size;
      if (freed >= bytes) break;
    }
    const [oldest, newest] = [going[0], going.at(-1)];
    if (oldest === undefined || newest === undefined || freed < bytes) return null;
    this.#delete.run(newest.first);
    totals.spoolBytes -= freed;
    const count = Math.max(0, newest.last - Math.max(totals.releasedPosition, oldest.first - 1));
    totals.thinned += count;
    return { from: oldest.first, to: newest.last, count };
  }

  /** Deletes a few of the oldest groups that lie wholly at or before `upTo`; false when there are none left. */
  deleteSlice(upTo: number, totals: Totals): boolean {
    let last = 0;
    let size = 0;
    for (const row of this.#oldest.all()) {
      if (Number(row['first']) + Number(row['count']) - 1 > upTo || (size > 0 && size + Number(row['size']) > SLICE_BYTES)) break;
      last = Number(row['first']);
      size += Number(row['size']);
    }
    if (last === 0) return false;
    this.#delete.run(last);
    totals.spoolBytes -= size;
    return true;
  }
}
