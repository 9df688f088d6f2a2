/**
 * A process that fills a journal until its disk takes no more, waits for a line on stdin, and goes on: `node journal-limited.ts FOLDER`.
 * Started under `ulimit -f`, which is this machine's way to make writes fail. Prints one line of JSON before and one after the wait.
 */
import { once } from 'node:events';
import { groupOf, openTestJournal, spoolTexts, timelineEntry } from './store.ts';

const journal = await openTestJournal(process.argv[2] ?? '');
const committed: string[] = [];
let seq = 0;

/** A commit of about 100 KB with a timeline entry; after a failure the same entry comes again, as the runner does it. */
async function store(name: string): Promise<string> {
  const outcome = await journal.commit({ spool: groupOf([`${name} ${'x'.repeat(100_000)}`]), timeline: [timelineEntry(seq + 1)], state: [{ key: 'last', json: JSON.stringify(name) }] });
  if (outcome.type === 'failed') return outcome.code;
  seq += 1;
  committed.push(name);
  return outcome.type;
}

// One failure is not yet a full disk: the next commit may find room in what a checkpoint has freed.
const outcomes: string[] = [];
for (let number = 0; number < 1_000 && outcomes.slice(-3).filter((outcome) => outcome !== 'committed').length < 3; number += 1) outcomes.push(await store(`before-${number}`));
const [failure, , stillFailing] = outcomes.slice(-3);
console.log(JSON.stringify({ failure, stillFailing, committed: committed.length }));
await once(process.stdin, 'data');
const after = [await store('after-1'), await store('after-2')];
const stored = [...(await spoolTexts(journal)).values()].map((text) => text.split(' ')[0]);
const status = await journal.status();
console.log(JSON.stringify({ after, committed, stored, seq, timelineSeq: status.timelineSeq, lastPosition: status.lastPosition, state: await journal.loadState(), broken: (await journal.verifyTimeline()).brokenAt }));
await journal[Symbol.asyncDispose]();
process.exit(0);
