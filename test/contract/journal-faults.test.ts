/** kill -9, a disk that takes no more, damaged files, a second gateway, file modes: on real files and real processes. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReserveFile } from '../../gateway/store/reserve-file.ts';
import { JournalFile } from '../../gateway/store/journal-file.ts';
import { openJournal } from '../../gateway/store/journal.ts';
import { groupOf, KeptLog, LIMITS, openTestJournal, spoolTexts, testFolder, timelineEntry } from '../support/store.ts';

const script = (name: string): string => fileURLToPath(new URL(`../support/${name}`, import.meta.url));
const open = (dataDir: string): ReturnType<typeof openJournal> => openJournal({ dataDir, log: new KeptLog(), ...LIMITS });

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
    const file = new JournalFile({ path, ...LIMITS }, () => undefined);
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
      const left = new JournalFile({ path: copy, ...LIMITS }, () => undefined);
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
    const file = new JournalFile({ path, ...LIMITS, reserveBytes: 1_000_000 }, () => undefined);
    expect(statSync(join(folder.path, 'reserve'))).toMatchObject({ size: 1_000_000 });
    // The disk is full: the reserve was given up, and a folder in its place keeps it from being taken again.
    const reserve = new ReserveFile(join(folder.path, 'reserve'), 1_000_000);
    reserve.giveUp();
    file.close();
    mkdirSync(join(folder.path, 'reserve', 'x'), { recursive: true });
    const full = new JournalFile({ path, ...LIMITS, reserveBytes: 1_000_000 }, () => undefined);
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
    writeFileSync(join(folder.path, 'journal.db'), 'no database, but long enough to look at: '.repeat(200));
    expect((await open(folder.path)).type).toBe('failed');
    expect((await open(folder.path)).type).toBe('failed');
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
  it('is refused with one sentence that names it and says what to do, and stays as it is', async () => {
    using folder = testFolder();
    const path = join(folder.path, 'journal.db');
    writeFileSync(path, 'no database, but long enough to look at: '.repeat(200));
    const before = readFileSync(path);
    const outcome = await open(folder.path);
    expect(outcome).toMatchObject({ type: 'failed' });
    expect(outcome.type === 'failed' && outcome.because).toMatch(/journal\.db is damaged: .*not a database.*move it away together with .*journal\.db-wal/);
    expect(readFileSync(path)).toEqual(before);
  });

  it('is noticed after an unclean stop', async () => {
    using folder = testFolder();
    using copied = testFolder();
    const path = join(folder.path, 'journal.db');
    const file = new JournalFile({ path, ...LIMITS }, () => undefined);
    for (let commit = 1; commit <= 30; commit += 1) file.commitAll([{ timeline: [timelineEntry(commit)], spool: groupOf(['x'.repeat(900)]) }]);
    file.close();
    const again = new JournalFile({ path, ...LIMITS }, () => { throw new Error('the stop before was clean'); });
    again.commitAll([{ state: [{ key: 'k', json: '1' }] }]);
    // As after a kill: what is on the disk now, without the closing.
    for (const suffix of ['', '-wal']) copyFileSync(path + suffix, join(copied.path, `journal.db${suffix}`));
    again.close();
    const bytes = readFileSync(join(copied.path, 'journal.db'));
    bytes.fill(0xff, 4_096 * 2, 4_096 * 2 + 200);
    writeFileSync(join(copied.path, 'journal.db'), bytes);
    const log = new KeptLog();
    const outcome = await openJournal({ dataDir: copied.path, log, ...LIMITS });
    expect(outcome.type === 'failed' && outcome.because).toMatch(/journal\.db is damaged: .*(page|malformed)/i);
    expect(log.lines.map((line) => line.message)).toContain('the journal was not closed cleanly; checking it');
    expect(existsSync(join(copied.path, 'pid'))).toBe(false);
  });
});
