/** A process that fills a journal until it is killed: `node journal-load.ts FOLDER`. After every acknowledged commit it prints `first count token`. */
import { writeSync } from 'node:fs';
import { groupOf, openTestJournal, timelineEntry } from './store.ts';

const journal = await openTestJournal(process.argv[2] ?? '');
let { timelineSeq } = await journal.status();
let token = 0;

async function fill(): Promise<never> {
  for (;;) {
    const mine = `${process.pid}-${token++}`;
    const count = 1 + (token % 7);
    const timeline = token % 5 === 0 ? [timelineEntry(++timelineSeq)] : [];
    // The state row says how far the timeline is: both must always agree, as they are one commit.
    const state = timeline.length > 0 ? [{ key: 'seq', json: String(timelineSeq) }] : [];
    const outcome = await journal.commit({ spool: groupOf(Array.from({ length: count }, () => mine)), timeline, state });
    if (outcome.type !== 'committed') throw new Error(outcome.because);
    writeSync(1, `${outcome.first} ${count} ${mine}\n`);
  }
}
await Promise.all(Array.from({ length: 6 }, () => fill()));
