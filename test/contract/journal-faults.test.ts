/** kill -9, a disk that takes no more, damaged files, a second gateway, file modes: on real files and real processes. */
import { DatabaseSync } from 'node:sqlite';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wallTime } from '../../gateway/model/time.ts';
import { ReserveFile } from '../../gateway/store/reserve-file.ts';
import { JournalFile } from '../../gateway/store/journal-file.ts';
import { openJournal } from '../../gateway/store/journal.ts';
import { groupOf, KeptLog, LIMITS, openTestJournal, spoolTexts, testFolder, timelineEntry, NOON } from '../support/store.ts';

const script = (name: string): string => fileURLToPath(new URL(`../support/${name}`, import.meta.url));
const open = (dataDir: string): ReturnType<typeof openJournal> => openJournal({ dataDir, log: new KeptLog(), now: wallTime(NOON), ...LIMITS });

interface Load extends AsyncDisposable {
  readonly child: ChildProcess;
  /** `first count token` of every commit that the process says was acknowledged. */
  readonly acknowledged: string[];
}
function startLoad(dataDir: string): Load {
  const child = spawn(process.execPath, [script('journal-load.ts'), dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  const acknowledged: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => { acknowledged.push(line); });
  const ended = once(child, 'close');
  return { child, acknowledged, async [Symbol.asyncDispose](): Promise<void> { child.kill('SIGKILL'); await ended; } };
}

describe('kill -9 under load', () => {
  it('loses nothing that was acknowledged, keeps commits whole and the chain unbroken, round after round', async () => {
    using folder = testFolder();
    const ledger: string[] = [];
    for (const atLeast of [5, 60, 150, 300]) {
      {
        await using load = startLoad(folder.path);
        await expect.poll(() => load.acknowledged.length, { timeout: 20_000, interval: 3 }).toBeGreaterThan(atLeast);
        load.child.kill('SIGKILL');
        await once(load.child, 'close');
        // The last line may have been cut by the kill.
        ledger.push(...load.acknowledged.filter((line) => /^\d+ \d+ \d+-\d+$/.test(line)));
      }
      await using journal = await openTestJournal(folder.path);
      const texts = await spoolTexts(journal);
      for (const line of ledger) {
        const [first = 0, count = 0] = line.split(' ').map(Number);
        const token = line.split(' ')[2];
        for (let position = first; position < first + count; position += 1) if (texts.get(position) !== token) throw new Error(`acknowledged ${line}, but position ${position} holds ${texts.get(position)}`);
      }
      const status = await journal.status();
      expect([...texts.keys()]).toEqual(Array.from({ length: status.lastPosition }, (_, index) => index + 1));
      expect(await journal.verifyTimeline()).toEqual({ entries: status.timelineSeq, brokenAt: null });
      // State and timeline of one commit are there together or not at all.
      expect(await journal.loadState()).toEqual(status.timelineSeq === 0 ? [] : [{ key: 'seq', json: String(status.timelineSeq) }]);
    }
    expect(ledger.length).toBeGreaterThan(500);
  }, 60_000);
});

describe('a cut of the file', () => {
  it('anywhere in the WAL leaves the commits before it, whole and in order', () => {
    using folder = testFolder();
    const path = join(folder.path, 'journal.db');
    const file = new JournalFile({ path, stamp: '1', ...LIMITS }, () => undefined);
    for (let commit = 1; commit <= 40; commit += 1) file.commitAll([{ spool: groupOf([`${commit}`, 'x'.repeat(commit * 50)]), timeline: [timelineEntry(commit)], state: [{ key: 'k', json: String(commit) }] }]);
    const walBytes = statSync(`${path}-wal`).size;
    const lengths: number[] = [];
    fc.assert(fc.property(fc.integer({ min: 0, max: walBytes }), (keep) => {
      using cut = testFolder();
      const copy = join(cut.path, 'journal.db');
      copyFileSync(path, copy);
      copyFileSync(`${path}-wal`, `${copy}-wal`);
      truncateSync(`${copy}-wal`, keep);
      // Cut before the file was even made: nothing was acknowledged then.
      const left = new JournalFile({ path: copy, stamp: '1', ...LIMITS }, () => undefined);
      const commits = left.status().timelineSeq;
      lengths.push(commits);
      expect(left.status().lastPosition).toBe(commits * 2);
      expect(left.spool.read(1, 1e9).map((group) => [group.first, group.count])).toEqual(Array.from({ length: commits }, (_, index) => [index * 2 + 1, 2]));
      expect(left.loadState()).toEqual(commits === 0 ? [] : [{ key: 'k', json: String(commits) }]);
      const steps = left.timeline.verify(left.totals);
      let step = steps.next();
      while (step.done !== true) step = steps.next();
      expect(step.value).toEqual({ entries: commits, brokenAt: null });
      left.close();
    }), { numRuns: 40, examples: [[0], [walBytes]] });
    file.close();
    expect([Math.min(...lengths), Math.max(...lengths)]).toEqual([0, 40]);
  });
});

describe('a disk that takes no more', () => {
  it('fails commits without storing any of them, and works again without a restart once there is room', async () => {
    using folder = testFolder();
    // No file may grow beyond 3 MB; the soft limit alone, so that it can be lifted again.
    const child = spawn('bash', ['-c', `ulimit -S -f 3072; exec "$0" "$@"`, process.execPath, script('journal-limited.ts'), folder.path], { stdio: ['pipe', 'pipe', 'inherit'] });
    // It waits for a line from here: left alone by a failed expectation it would keep the whole run from ending.
    using _end = { [Symbol.dispose]: () => { child.kill('SIGKILL'); } };
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const full = JSON.parse(String((await lines.next()).value)) as { failure: string; stillFailing: string; committed: number };
    expect(full.failure).toMatch(/^SQLITE_(IOERR|FULL)$/);
    expect(full.stillFailing).toMatch(/^SQLITE_(IOERR|FULL)$/);
    expect(full.committed).toBeGreaterThan(10);
    execFileSync('prlimit', ['--pid', String(child.pid), '--fsize=unlimited:']);
    child.stdin.end('go on\n');
    const end = JSON.parse(String((await lines.next()).value)) as Record<string, unknown> & { committed: string[] };
    expect(end).toMatchObject({ after: ['committed', 'committed'], stored: end.committed, seq: full.committed + 2, timelineSeq: full.committed + 2, lastPosition: full.committed + 2, state: [{ key: 'last', json: '"after-2"' }], broken: null });
    expect(end.committed.filter((name) => name.startsWith('before'))).toHaveLength(full.committed);
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});

describe('the reserve of a full disk', () => {
  it('lets state and alerts be stored while telemetry is refused, and telemetry again once there is room', () => {
    using folder = testFolder();
    const path = join(folder.path, 'journal.db');
    const file = new JournalFile({ path, stamp: '1', ...LIMITS, reserveBytes: 1_000_000 }, () => undefined);
    expect(statSync(join(folder.path, 'reserve'))).toMatchObject({ size: 1_000_000 });
    // The disk is full: the reserve was given up, and a folder in its place keeps it from being taken again.
    const reserve = new ReserveFile(join(folder.path, 'reserve'), 1_000_000);
    reserve.giveUp();
    file.close();
    mkdirSync(join(folder.path, 'reserve', 'x'), { recursive: true });
    const full = new JournalFile({ path, stamp: '1', ...LIMITS, reserveBytes: 1_000_000 }, () => undefined);
    expect(full.commitAll([{ spool: groupOf(['x']) }])[0]).toMatchObject({ type: 'failed', code: 'DISK-FULL' });
    expect(full.commitAll([{ timeline: [timelineEntry(1)], state: [{ key: 'a', json: '1' }] }])[0]).toMatchObject({ type: 'committed' });
    expect(full.commitAll([{ room: 100 }])[0]).toMatchObject({ type: 'failed', code: 'DISK-FULL' });
    rmSync(join(folder.path, 'reserve'), { recursive: true });
    expect(full.commitAll([{ room: 100, state: [{ key: 'a', json: '2' }] }])[0]).toMatchObject({ type: 'committed' });
    expect(full.commitAll([{ spool: groupOf(['x']) }])[0]).toMatchObject({ type: 'committed' });
    full.close();
  });
});

describe('the lock of the folder', () => {
  it('names the process that holds it, and does not outlive it', async () => {
    using folder = testFolder();
    await using load = startLoad(folder.path);
    await expect.poll(() => load.acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(0);
    expect(await open(folder.path)).toEqual({ type: 'locked', pid: load.child.pid });
    load.child.kill('SIGKILL');
    await once(load.child, 'close');
    expect(readFileSync(join(folder.path, 'pid'), 'utf8')).toBe(`${load.child.pid}\n`);
    const mine = await open(folder.path);
    expect(mine.type).toBe('opened');
    expect(readFileSync(join(folder.path, 'pid'), 'utf8')).toBe(`${process.pid}\n`);
    if (mine.type === 'opened') await mine.journal[Symbol.asyncDispose]();
  });

  it('also holds within one process, for as long as the journal is open, and is not lost by trying', async () => {
    using folder = testFolder();
    {
      await using _journal = await openTestJournal(folder.path);
      for (let attempt = 0; attempt < 3; attempt += 1) expect(await open(folder.path)).toEqual({ type: 'locked', pid: process.pid });
      // A process that tried and closed its files must not have taken the lock away from the holder.
      const other = execFileSync(process.execPath, ['-e', `import('${script('../../gateway/store/folder-lock.ts')}').then(({ lockFolder }) => console.log(JSON.stringify(lockFolder('${folder.path}'))))`], { encoding: 'utf8' });
      expect(JSON.parse(other)).toEqual({ type: 'locked', pid: process.pid });
    }
    await using _again = await openTestJournal(folder.path);
  });

  it('is released when the journal cannot be opened', async () => {
    using folder = testFolder();
    const newer = new DatabaseSync(join(folder.path, 'journal.db'));
    newer.exec('PRAGMA user_version=99');
    newer.close();
    for (let time = 0; time < 2; time += 1) expect(await open(folder.path)).toMatchObject({ type: 'failed', because: expect.stringContaining('was written by a newer version') as string });
  });
});

describe('file modes', () => {
  it('are 0700 and 0600 whatever the umask says, while open and after', async () => {
    using folder = testFolder();
    const dataDir = join(folder.path, 'data');
    const umask = process.umask(0);
    try {
      const modes = (): Record<string, string> => Object.fromEntries(readdirSync(dataDir).map((name) => [name, (statSync(join(dataDir, name)).mode & 0o777).toString(8)]));
      {
        await using journal = await openTestJournal(dataDir);
        await journal.commit({ spool: groupOf(['x']) });
        expect(modes()).toEqual({ 'journal.db': '600', 'journal.db-shm': '600', 'journal.db-wal': '600', lock: '600', pid: '600' });
      }
      expect((statSync(dataDir).mode & 0o777).toString(8)).toBe('700');
      expect(modes()).toEqual({ 'journal.db': '600', lock: '600' });
    } finally {
      process.umask(umask);
    }
  });
});

describe('a damaged file', () => {
  /** A journal of thirty commits as it lies on the disk after a kill, with `spoil` done to its bytes. */
  function damaged(folder: string, spoil: (bytes: Buffer) => void): string {
    using folder1 = testFolder();
    const path = join(folder1.path, 'journal.db');
    const first = new JournalFile({ path, stamp: '1', ...LIMITS }, () => undefined);
    for (let commit = 1; commit <= 30; commit += 1) first.commitAll([{ timeline: [timelineEntry(commit)], spool: groupOf([`${commit} ${'x'.repeat(900)}`]), state: [{ key: `k${commit}`, json: String(commit) }] }]);
    first.close();
    const file = new JournalFile({ path, stamp: '1', ...LIMITS }, () => { throw new Error('the stop before was clean'); });
    file.commitAll([{ state: [{ key: 'k', json: '1' }] }]);
    for (const suffix of ['', '-wal']) copyFileSync(path + suffix, join(folder, `journal.db${suffix}`));
    file.close();
    const bytes = readFileSync(join(folder, 'journal.db'));
    spoil(bytes);
    writeFileSync(join(folder, 'journal.db'), bytes);
    return join(folder, 'journal.db');
  }

  it('is kept beside a new one that holds whatever could be read, and says in a sentence what that is', async () => {
    using folder = testFolder();
    damaged(folder.path, (bytes) => bytes.fill(0xff, 4_096 * 2, 4_096 * 2 + 200));
    const log = new KeptLog();
    const outcome = await openJournal({ dataDir: folder.path, log, now: wallTime(NOON), ...LIMITS });
    if (outcome.type !== 'opened') throw new Error(JSON.stringify(outcome));
    expect(outcome.salvaged).toMatch(/journal\.db is damaged: .*; the file was damaged; saved: state \d+ rows.*timeline \d+ rows.*The damaged file is kept as .*journal\.db\.damaged-/);
    expect(readdirSync(folder.path)).toContain(`journal.db.damaged-${NOON}`);
    expect(log.lines.map((line) => line.message)).toContain('the journal was not closed cleanly; checking it');
    await outcome.journal[Symbol.asyncDispose]();
  });

  it('that is no database any more leaves an empty journal whose positions nobody has used', async () => {
    using folder = testFolder();
    writeFileSync(join(folder.path, 'journal.db'), 'no database, but long enough to look at: '.repeat(200));
    await using journal = await openTestJournal(folder.path);
    expect(await journal.commit({ spool: groupOf(['new']) })).toEqual({ type: 'committed', first: NOON + 1 });
  });

  it('wherever it is damaged, gives back only what was stored, an unbroken chain from its beginning, and positions that were never used', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 4_096 })), { minLength: 1, maxLength: 4 }), async (holes) => {
      using folder = testFolder();
      damaged(folder.path, (bytes) => { for (const [page, length] of holes) bytes.fill(0xff, Math.min(bytes.length, page * 4_096), Math.min(bytes.length, page * 4_096 + length)); });
      const outcome = await openJournal({ dataDir: folder.path, log: new KeptLog(), now: wallTime(NOON), ...LIMITS });
      if (outcome.type !== 'opened') throw new Error(JSON.stringify(outcome));
      await using journal = outcome.journal;
      for (const [position, text] of await spoolTexts(journal)) expect(text.startsWith(`${position} x`)).toBe(true);
      const { timelineSeq } = await journal.status();
      expect(await journal.verifyTimeline()).toEqual({ entries: timelineSeq, brokenAt: null });
      expect((await journal.readTimeline({ limit: 100 })).map(({ seq }) => seq)).toEqual(Array.from({ length: timelineSeq }, (_, index) => index + 1));
      for (const { key, json } of await journal.loadState()) expect(key === 'k' ? json : `k${json}`).toBe(key === 'k' ? '1' : key);
      const next = await journal.commit({ spool: groupOf(['next']), timeline: [timelineEntry(timelineSeq + 1)] });
      expect(next.type === 'committed' && next.first > 30).toBe(true);
    }), { numRuns: 25 });
  }, 60_000);
});
