/** Messages that were refused, kept for a person to look at; bounded, the oldest go first, and both are counted for ever. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { QuarantineEntry, StoredQuarantineEntry } from '../model/ports/journal.ts';
import type { RefusalCode } from '../model/refusal.ts';
import { wallTime } from '../model/time.ts';
import type { JournalLimits, QuarantineQuery } from './journal-calls.ts';
import type { Totals } from './journal-totals.ts';

export const QUARANTINE_SCHEMA = `
  CREATE TABLE quarantine(id INTEGER PRIMARY KEY, at INTEGER NOT NULL, topic TEXT NOT NULL, client TEXT NOT NULL, code TEXT NOT NULL, detail TEXT NOT NULL,
    payload BLOB NOT NULL, size INTEGER NOT NULL)`;

export const MAX_PAYLOAD = 65_536;
/** What a row costs beside its texts and payload, roughly. */
const ROW_BYTES = 64;

export class QuarantineTable {
  readonly #insert: StatementSync;
  readonly #oldest: StatementSync;
  readonly #delete: StatementSync;
  readonly #read: StatementSync;

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare('INSERT INTO quarantine VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
    this.#oldest = database.prepare('SELECT id, size FROM quarantine ORDER BY id LIMIT 1');
    this.#delete = database.prepare('DELETE FROM quarantine WHERE id = ?');
    this.#read = database.prepare('SELECT id, at, topic, client, code, detail, payload FROM quarantine WHERE id < ? ORDER BY id DESC LIMIT ?');
  }

  append(entry: QuarantineEntry, totals: Totals, limits: JournalLimits): void {
    const payload = entry.payload.subarray(0, MAX_PAYLOAD);
    const size = ROW_BYTES + Buffer.byteLength(entry.topic) + Buffer.byteLength(entry.client) + Buffer.byteLength(entry.detail) + payload.length;
    totals.quarantined += 1;
    this.#insert.run(totals.quarantined, entry.at, entry.topic, entry.client, entry.code, entry.detail, payload, size);
    totals.quarantineRows += 1;
    totals.quarantineBytes += size;
    totals.refused.set(entry.code, (totals.refused.get(entry.code) ?? 0) + 1);
    while (totals.quarantineRows > limits.quarantineMaxRows || totals.quarantineBytes > limits.quarantineMaxBytes) {
      const oldest = this.#oldest.get();
      if (oldest === undefined) break;
      this.#delete.run(Number(oldest['id']));
      totals.quarantineRows -= 1;
      totals.quarantineBytes -= Number(oldest['size']);
      totals.quarantineEvicted += 1;
    }
  }

  read({ before, limit }: QuarantineQuery): StoredQuarantineEntry[] {
    return this.#read.all(before ?? Number.MAX_SAFE_INTEGER, limit).map((row) => ({
      id: Number(row['id']), at: wallTime(Number(row['at'])), topic: String(row['topic']), client: String(row['client']),
      code: row['code'] as RefusalCode, detail: String(row['detail']), payload: row['payload'] as Uint8Array,
    }));
  }
}
