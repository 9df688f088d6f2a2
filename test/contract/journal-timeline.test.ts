import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../gateway/store/timeline-chain.ts';
import { openTestJournal, testFolder, timelineEntry } from '../support/store.ts';

const ENTRIES = 12;

/** A closed journal with a timeline of 12, then changed behind its back by `sql`; what the verification says. */
async function verdictAfter(...sql: readonly string[]): Promise<{ readonly entries: number; readonly brokenAt: number | null }> {
  using folder = testFolder();
  {
    await using journal = await openTestJournal(folder.path);
    await journal.commit({ timeline: Array.from({ length: ENTRIES }, (_, index) => timelineEntry(index + 1)) });
  }
  const database = new DatabaseSync(join(folder.path, 'journal.db'));
  for (const statement of sql) database.exec(statement);
  database.close();
  await using journal = await openTestJournal(folder.path);
  return await journal.verifyTimeline();
}

describe('the hash chain of the timeline', () => {
  it('holds over restarts, and over more entries than one slice of the verification', async () => {
    using folder = testFolder();
    for (let run = 0; run < 3; run += 1) {
      await using journal = await openTestJournal(folder.path);
      await journal.commit({ timeline: Array.from({ length: 900 }, (_, index) => timelineEntry(run * 900 + index + 1)) });
    }
    await using journal = await openTestJournal(folder.path);
    expect(await journal.verifyTimeline()).toEqual({ entries: 2_700, brokenAt: null });
    expect(await journal.status()).toMatchObject({ timelineSeq: 2_700, timelineHead: (await journal.readTimeline({ after: 2_699, limit: 1 }))[0]?.hash });
  });

  it('can be recomputed by anyone from the documented rule', async () => {
    using folder = testFolder();
    await using journal = await openTestJournal(folder.path);
    await journal.commit({ timeline: [timelineEntry(1, { detail: { b: 1.5, a: null } }), timelineEntry(2)] });
    const [one, two] = await journal.readTimeline({ limit: 2 });
    const canonical = '{"alert":"A-1","at":1790000000001,"by":"gateway","detail":{"a":null,"b":1.5},"seq":1,"text":{"en":"entry 1","zh":"第 1 条"},"type":"raised"}';
    expect(one?.hash).toBe(createHash('sha256').update(Buffer.alloc(32)).update(canonical).digest('hex'));
    expect(two?.hash).toBe(createHash('sha256').update(Buffer.from(one?.hash ?? '', 'hex')).update(canonicalJson(timelineEntry(2))).digest('hex'));
  });

  it.each([
    ['an untouched timeline is whole', ['SELECT 1'], ENTRIES, null],
    ['an edited text is found', [`UPDATE timeline SET text = replace(text, 'entry 5', 'entry 6') WHERE seq = 5`], 4, 5],
    ['an edited time is found', ['UPDATE timeline SET at = at + 1 WHERE seq = 1'], 0, 1],
    ['an edited detail is found', [`UPDATE timeline SET detail = replace(detail, 'true', 'false') WHERE seq = 12`], 11, 12],
    ['an added name is found', [`UPDATE timeline SET by = 'somebody' WHERE seq = 2`], 1, 2],
    ['text that is no JSON any more is found', [`UPDATE timeline SET text = '{' WHERE seq = 7`], 6, 7],
    ['a deleted entry is found', ['DELETE FROM timeline WHERE seq = 6'], 5, 6],
    ['a cut tail is found', ['DELETE FROM timeline WHERE seq > 9'], 9, 10],
    ['two entries that changed places are found', ['UPDATE timeline SET seq = -3 WHERE seq = 3', 'UPDATE timeline SET seq = 3 WHERE seq = 4', 'UPDATE timeline SET seq = 4 WHERE seq = -3'], 2, 3],
    ['an edited hash is found', [`UPDATE timeline SET hash = '${'ab'.repeat(32)}' WHERE seq = 4`], 3, 4],
  ] as const)('%s', async (_title, sql, entries, brokenAt) => {
    expect(await verdictAfter(...sql)).toEqual({ entries, brokenAt });
  });

  it('goes on while commits come in', async () => {
    using folder = testFolder();
    await using journal = await openTestJournal(folder.path);
    await journal.commit({ timeline: Array.from({ length: 5_000 }, (_, index) => timelineEntry(index + 1)) });
    const verified = journal.verifyTimeline();
    await journal.commit({ timeline: [timelineEntry(5_001)] });
    expect(await verified).toEqual({ entries: 5_000, brokenAt: null });
    expect(await journal.verifyTimeline()).toEqual({ entries: 5_001, brokenAt: null });
  });
});

describe('reading the timeline', () => {
  it('gives back what was stored, all of it or one alert, from a seq on, up to the limit', async () => {
    using folder = testFolder();
    await using journal = await openTestJournal(folder.path);
    const entries = Array.from({ length: 9 }, (_, index) => timelineEntry(index + 1));
    await journal.commit({ timeline: entries.slice(0, 5) });
    await journal.commit({ timeline: entries.slice(5) });
    const all = await journal.readTimeline({ limit: 100 });
    expect(all.map(({ hash, ...entry }) => (hash.length === 64 ? entry : null))).toEqual(entries);
    const seqs = async (query: Parameters<typeof journal.readTimeline>[0]): Promise<readonly number[]> => (await journal.readTimeline(query)).map(({ seq }) => seq);
    expect(await seqs({ limit: 3, after: 4 })).toEqual([5, 6, 7]);
    expect(await seqs({ alert: 'A-1', limit: 100 })).toEqual([1, 4, 7]);
    expect(await seqs({ alert: 'A-1', after: 4, limit: 100 })).toEqual([7]);
    expect(await seqs({ alert: 'none', limit: 100 })).toEqual([]);
  });
});
