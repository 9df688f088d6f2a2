import { describe, expect, it } from 'vitest';
import type { CommitOutcome, QuarantineEntry } from '../../gateway/model/ports/journal.ts';
import type { RefusalCode } from '../../gateway/model/refusal.ts';
import { wallTime } from '../../gateway/model/time.ts';
import { groupOf, NOON, openTestJournal, spoolTexts, testFolder, timelineEntry } from '../support/store.ts';

const first = (outcome: CommitOutcome): number | string => (outcome.type === 'committed' ? outcome.first : outcome.code);
const refused = (code: RefusalCode, payload: string): QuarantineEntry => ({ at: wallTime(NOON), topic: 'lianqin/v1/devices/x/heartbeat', client: 'x', code, detail: 'why', payload: Buffer.from(payload) });

describe('the spool', () => {
  it('numbers records without gaps, in the order of the calls, over commits that share a transaction and over a restart', async () => {
    using folder = testFolder();
    {
      await using journal = await openTestJournal(folder.path);
      const outcomes = await Promise.all([['a'], ['b', 'c'], ['d', 'e', 'f'], ['g']].map((texts) => journal.commit({ spool: groupOf(texts) })));
      expect(outcomes.map(first)).toEqual([1, 2, 4, 7]);
      expect(await journal.commit({ state: [] })).toEqual({ type: 'committed', first: 0 });
    }
    await using journal = await openTestJournal(folder.path);
    expect(first(await journal.commit({ spool: groupOf(['h']) }))).toBe(8);
    expect([...await spoolTexts(journal)]).toEqual(Array.from('abcdefgh').map((text, index) => [index + 1, text]));
    expect(await journal.status()).toMatchObject({ lastPosition: 8, counters: { accepted: 8 } });
  });

  it('reads from the group that holds the position, and at least one group however small the limit', async () => {
    using folder = testFolder();
    await using journal = await openTestJournal(folder.path);
    for (const texts of [['a', 'b'], ['c', 'd', 'e'], ['f']]) await journal.commit({ spool: groupOf(texts) });
    const firsts = async (from: number, maxBytes: number): Promise<readonly number[]> => (await journal.readSpool(from, maxBytes)).map((group) => group.first);
    expect(await firsts(1, 1e6)).toEqual([1, 3, 6]);
    expect(await firsts(2, 1e6)).toEqual([1, 3, 6]);
    expect(await firsts(5, 1e6)).toEqual([3, 6]);
    expect(await firsts(6, 1e6)).toEqual([6]);
    expect(await firsts(7, 1e6)).toEqual([]);
    expect(await firsts(1, 1)).toEqual([1]);
  });

  it('takes over the memory of a group instead of copying it', async () => {
    using folder = testFolder();
    await using journal = await openTestJournal(folder.path);
    const spool = groupOf(['a']);
    await journal.commit({ spool });
    expect(spool.bytes.buffer.detached).toBe(true);
  });

  it('deletes groups only when history and engine have both passed them', async () => {
    using folder = testFolder();
    await using journal = await openTestJournal(folder.path);
    for (let count = 0; count < 100; count += 1) await journal.commit({ spool: groupOf(['x', 'y']) });
    const oldest = async (): Promise<number | undefined> => (await journal.readSpool(1, 1))[0]?.first;
    await journal.release(120);
    await journal.commit({ enginePosition: 40 });
    await expect.poll(oldest).toBe(41);
    await journal.commit({ enginePosition: 200 });
    await expect.poll(oldest).toBe(121);
    await journal.release(199);
    await expect.poll(oldest).toBe(199);
    await journal.release(200);
    await expect.poll(oldest).toBe(undefined);
    expect(await journal.status()).toMatchObject({ spoolBytes: 0, releasedPosition: 200, enginePosition: 200, lastPosition: 200 });
    expect(first(await journal.commit({ spool: groupOf(['z']) }))).toBe(201);
  });

  it('refuses a group beyond its bytes, keeps taking state and timeline, and takes groups again once there is room', async () => {
    using folder = testFolder();
    await using journal = await openTestJournal(folder.path, { maxBytes: 3_000 });
    const large = (): ReturnType<typeof groupOf> => groupOf(['x'.repeat(1_000)]);
    expect(first(await journal.commit({ spool: large() }))).toBe(1);
    expect(first(await journal.commit({ spool: large() }))).toBe(2);
    const both = await Promise.all([
      journal.commit({ spool: large(), timeline: [timelineEntry(1)], state: [{ key: 'k', json: '1' }] }),
      journal.commit({ timeline: [timelineEntry(1, { by: 'the other one' })] }),
    ]);
    expect(both.map((outcome) => outcome.type)).toEqual(['failed', 'committed']);
    expect(both[0]).toMatchObject({ code: 'SPOOL-FULL' });
    expect(await journal.loadState()).toEqual([]);
    expect((await journal.readTimeline({ limit: 10 })).map((entry) => entry.by)).toEqual(['the other one']);
    await journal.commit({ enginePosition: 2 });
    await journal.release(1);
    await expect.poll(async () => first(await journal.commit({ spool: large() }))).toBe(3);
  });
});

describe('a spool that may be thinned', () => {
  it('lets the oldest records go that the engine has seen, says which, counts what no history had, and takes the new ones', async () => {
    using folder = testFolder();
    await using journal = await openTestJournal(folder.path, { maxBytes: 3_200, whenFull: 'thin' });
    const large = (): ReturnType<typeof groupOf> => groupOf(['x'.repeat(1_000)]);
    for (let position = 1; position <= 3; position += 1) await journal.commit({ spool: large(), enginePosition: position - 1 });
    expect(await journal.commit({ spool: large() })).toMatchObject({ type: 'committed', first: 4, thinned: { from: 1, to: 1, count: 1 } });
    expect(await journal.commit({ spool: large() })).toMatchObject({ type: 'committed', first: 5, thinned: { from: 2, to: 2, count: 1 } });
    // The engine has seen no more than two of them, and nothing goes that it has not seen.
    expect(await journal.commit({ spool: large() })).toMatchObject({ type: 'failed', code: 'SPOOL-FULL' });
    expect((await journal.status()).counters).toMatchObject({ accepted: 5, thinned: 2 });
    expect([...(await spoolTexts(journal)).keys()]).toEqual([3, 4, 5]);
  });
});

describe('one commit', () => {
  it('is refused alone when its timeline does not follow, and nothing of it is stored', async () => {
    using folder = testFolder();
    await using journal = await openTestJournal(folder.path);
    const [good, wrong, after] = await Promise.allSettled([
      journal.commit({ spool: groupOf(['good']), timeline: [timelineEntry(1)] }),
      journal.commit({ spool: groupOf(['wrong']), timeline: [timelineEntry(3)], state: [{ key: 'wrong', json: '1' }] }),
      journal.commit({ spool: groupOf(['after']), timeline: [timelineEntry(2)] }),
    ]);
    expect(good).toMatchObject({ status: 'fulfilled', value: { first: 1 } });
    expect(wrong).toMatchObject({ status: 'rejected', reason: { message: 'timeline entry 3 does not follow on 1: two writers would break the chain' } });
    expect(after).toMatchObject({ status: 'fulfilled', value: { first: 2 } });
    expect([...(await spoolTexts(journal)).values()]).toEqual(['good', 'after']);
    expect(await journal.loadState()).toEqual([]);
  });

  it('is refused alone when the file cannot hold it, and those beside it are stored', async () => {
    using folder = testFolder();
    await using journal = await openTestJournal(folder.path);
    const nothing = undefined as unknown as string;
    const [good, wrong, after] = await Promise.allSettled([
      journal.commit({ spool: groupOf(['good']) }),
      journal.commit({ spool: groupOf(['wrong']), timeline: [timelineEntry(1)], state: [{ key: 'a', json: '1' }, { key: nothing, json: '1' }] }),
      journal.commit({ spool: groupOf(['after']), timeline: [timelineEntry(1)] }),
    ]);
    expect([good.status, wrong.status, after.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect([...(await spoolTexts(journal)).values()]).toEqual(['good', 'after']);
    expect(await journal.loadState()).toEqual([]);
    expect(await journal.status()).toMatchObject({ lastPosition: 2, timelineSeq: 1 });
  });

  it('after closing is answered as failed, not acknowledged', async () => {
    using folder = testFolder();
    const journal = await openTestJournal(folder.path);
    const last = journal.commit({ spool: groupOf(['last']) });
    await journal[Symbol.asyncDispose]();
    expect(first(await last)).toBe(1);
    expect(await journal.commit({ spool: groupOf(['late']) })).toMatchObject({ type: 'failed', code: 'JOURNAL-CLOSED' });
    await journal[Symbol.asyncDispose]();
  });
});

describe('state', () => {
  it('is replaced and deleted by key and comes back after a restart', async () => {
    using folder = testFolder();
    {
      await using journal = await openTestJournal(folder.path);
      await journal.commit({ state: [{ key: 'b', json: '1' }, { key: 'a', json: '{"x":"水"}' }, { key: 'c', json: '3' }] });
      await journal.commit({ state: [{ key: 'b', json: '2' }, { key: 'c', json: null }], enginePosition: 0 });
    }
    await using journal = await openTestJournal(folder.path);
    expect(await journal.loadState()).toEqual([{ key: 'a', json: '{"x":"水"}' }, { key: 'b', json: '2' }]);
  });
});

describe('the quarantine', () => {
  it('keeps the newest rows within its bound and counts every one for ever, by reason', async () => {
    using folder = testFolder();
    {
      await using journal = await openTestJournal(folder.path, { quarantineMaxRows: 3 });
      for (const [index, code] of (['not-json', 'too-large', 'not-json', 'bad-time', 'not-json'] as const).entries()) await journal.commit({ quarantine: [refused(code, `payload ${index}`)] });
    }
    await using journal = await openTestJournal(folder.path, { quarantineMaxRows: 3 });
    await journal.commit({ quarantine: [refused('bad-time', 'payload 5')] });
    expect((await journal.status()).counters).toEqual({ accepted: 0, quarantined: 6, quarantineEvicted: 3, thinned: 0, refusedByCode: { 'not-json': 3, 'too-large': 1, 'bad-time': 2 } });
    const newest = await journal.readQuarantine({ limit: 2 });
    expect(newest.map((row) => [row.id, Buffer.from(row.payload).toString(), row.code])).toEqual([[6, 'payload 5', 'bad-time'], [5, 'payload 4', 'not-json']]);
    expect((await journal.readQuarantine({ limit: 9, before: 5 })).map((row) => row.id)).toEqual([4]);
  });

  it('is bounded by bytes too, and keeps 64 KiB of a payload', async () => {
    using folder = testFolder();
    await using journal = await openTestJournal(folder.path, { quarantineMaxBytes: 150_000 });
    for (let count = 0; count < 4; count += 1) await journal.commit({ quarantine: [refused('too-large', String(count).repeat(90_000))] });
    const rows = await journal.readQuarantine({ limit: 10 });
    expect(rows.map((row) => [row.id, row.payload.length])).toEqual([[4, 65_536], [3, 65_536]]);
  });

  it('takes a payload that is a view of a larger buffer, and leaves that buffer alone', async () => {
    using folder = testFolder();
    await using journal = await openTestJournal(folder.path);
    const read = Buffer.from('before PAYLOAD after');
    await journal.commit({ quarantine: [{ ...refused('not-json', ''), payload: read.subarray(7, 14) }] });
    expect(read.toString()).toBe('before PAYLOAD after');
    expect(Buffer.from((await journal.readQuarantine({ limit: 1 }))[0]?.payload ?? []).toString()).toBe('PAYLOAD');
  });
});
