/** The timeline's rows: appended in order, each with its hash; never changed, never deleted. */
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import type { AlertId } from '../model/ids.ts';
import type { StoredTimelineEntry } from '../model/ports/journal.ts';
import type { TimelineEntry, TimelineType } from '../model/timeline.ts';
import { wallTime } from '../model/time.ts';
import type { TimelineQuery, TimelineVerdict } from './journal-calls.ts';
import type { Totals } from './journal-totals.ts';
import { chainHash, GENESIS } from './timeline-chain.ts';

export const TIMELINE_SCHEMA = `
  CREATE TABLE timeline(seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, type TEXT NOT NULL, alert TEXT, by TEXT, text TEXT NOT NULL, detail TEXT NOT NULL, hash TEXT NOT NULL);
  CREATE INDEX timeline_alert ON timeline(alert, seq) WHERE alert IS NOT NULL`;

/** Entries that are verified between two looks at what else waits: about 10 ms. */
const SLICE = 1_000;

export class TimelineTable {
  readonly #insert: StatementSync;
  readonly #after: StatementSync;
  readonly #ofAlert: StatementSync;

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare('INSERT INTO timeline VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
    this.#after = database.prepare('SELECT * FROM timeline WHERE seq > ? ORDER BY seq LIMIT ?');
    this.#ofAlert = database.prepare('SELECT * FROM timeline WHERE alert = ? AND seq > ? ORDER BY seq LIMIT ?');
  }

  append(entry: TimelineEntry, totals: Totals): void {
    const hash = chainHash(totals.timelineHead, entry);
    const { seq, at, type, alert, by, text, detail } = entry;
    this.#insert.run(seq, at, type, alert, by, JSON.stringify(text), JSON.stringify(detail), hash);
    totals.timelineSeq = seq;
    totals.timelineHead = hash;
  }

  read({ alert, after, limit }: TimelineQuery): StoredTimelineEntry[] {
    const rows = alert === undefined ? this.#after.all(after ?? 0, limit) : this.#ofAlert.all(alert, after ?? 0, limit);
    return rows.map((row) => entryOf(row));
  }

  /** Recomputes the chain up to `totals`, yielding after every slice so that commits go on. A missing tail counts as broken at its first seq. */
  *verify({ timelineSeq, timelineHead }: Pick<Totals, 'timelineSeq' | 'timelineHead'>): Generator<undefined, TimelineVerdict> {
    let seq = 0;
    let hash = GENESIS;
    while (seq < timelineSeq) {
      const rows = this.#after.all(seq, Math.min(SLICE, timelineSeq - seq));
      if (rows.length === 0) return { entries: seq, brokenAt: seq + 1 };
      for (const row of rows) {
        const expected = nextHash(hash, row, seq + 1);
        if (expected === null || expected !== row['hash']) return { entries: seq, brokenAt: seq + 1 };
        hash = expected;
        seq += 1;
      }
      yield undefined;
    }
    return { entries: seq, brokenAt: hash === timelineHead ? null : seq };
  }
}

function nextHash(previous: string, row: Record<string, SQLOutputValue>, seq: number): string | null {
  if (Number(row['seq']) !== seq) return null;
  try {
    return chainHash(previous, entryOf(row));
  } catch {
    // A row whose JSON no longer parses was edited.
    return null;
  }
}

function entryOf(row: Record<string, SQLOutputValue>): StoredTimelineEntry {
  return {
    seq: Number(row['seq']), at: wallTime(Number(row['at'])), type: row['type'] as TimelineType, alert: row['alert'] as AlertId | null, by: row['by'] as string | null,
    text: JSON.parse(String(row['text'])) as StoredTimelineEntry['text'], detail: JSON.parse(String(row['detail'])) as StoredTimelineEntry['detail'], hash: String(row['hash']),
  };
}
