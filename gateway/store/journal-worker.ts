/** The journal's thread: takes every commit that waits, stores them in one transaction, answers in order, and tidies when nothing waits. */
import { receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { JournalCommit } from '../model/ports/journal.ts';
import type { JournalCalls, JournalWorkerData, OpenAnswer, QuarantineQuery, TimelineQuery, TimelineVerdict } from './journal-calls.ts';
import { JournalFile } from './journal-file.ts';
import { answered, portToMain, sendAnswers, sendLog, threw } from './worker-end.ts';
import type { Answer, Question } from './worker-line.ts';

/** Bounds one transaction, and with it how long the first of its commits waits for the last. */
const MAX_COMMITS = 1_024;
const MAX_BYTES = 8_000_000;

const port = portToMain();
const waiting: Question[] = [];
let file: JournalFile | null = null;
let idleDue = false;

port.on('message', (question: Question) => {
  waiting.push(question);
  receiveWaiting();
  while (waiting.length > 0) {
    if (waiting[0]?.name === 'commit') commitWaiting();
    else answerOne(waiting.shift() as Question);
    receiveWaiting();
  }
  tidyWhenIdle();
});

function receiveWaiting(): void {
  for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) waiting.push(next.message as Question);
}

function commitWaiting(): void {
  const batch: Question[] = [];
  let bytes = 0;
  while (waiting[0]?.name === 'commit' && batch.length < MAX_COMMITS && bytes < MAX_BYTES) {
    const question = waiting.shift() as Question;
    bytes += (question.ask as JournalCommit).spool?.bytes.length ?? 0;
    batch.push(question);
  }
  const outcomes = opened().commitAll(batch.map((question) => question.ask as JournalCommit));
  sendAnswers(port, batch.map((question, index): Answer => {
    const outcome = outcomes[index];
    if (outcome === undefined || outcome.type === 'refused') return threw(question, outcome?.because ?? 'no answer');
    return answered(question, outcome);
  }));
  // Under load there is no idle moment: deleting keeps pace with what comes in, a little after every transaction.
  opened().tidySlice();
}

function answerOne(question: Question): void {
  try {
    if (question.name === 'verifyTimeline') {
      verify(question, opened().timeline.verify(opened().totals));
      return;
    }
    const value = answerTo(question);
    const transfer = question.name === 'readSpool' ? (value as JournalCalls['readSpool']['answer']).map((group) => group.bytes.buffer) : [];
    sendAnswers(port, [answered(question, value)], transfer);
  } catch (error) {
    sendAnswers(port, [threw(question, error)]);
  }
  if (question.name === 'close') port.close();
}

function answerTo({ name, ask }: Question): unknown {
  switch (name as Exclude<keyof JournalCalls, 'commit' | 'verifyTimeline'>) {
    case 'open': return open();
    case 'readSpool': {
      const { from, maxBytes } = ask as JournalCalls['readSpool']['ask'];
      return opened().spool.read(from, maxBytes);
    }
    case 'release':
      opened().release(ask as number);
      return null;
    case 'loadState': return opened().loadState();
    case 'status': return opened().status();
    case 'readTimeline': return opened().timeline.read(ask as TimelineQuery);
    case 'readQuarantine': return opened().quarantine.read(ask as QuarantineQuery);
    case 'close':
      file?.close();
      return null;
  }
}

function open(): OpenAnswer {
  const options = workerData as JournalWorkerData;
  try {
    let salvaged: string | null = null;
    file = new JournalFile(options, () => { sendLog(port, 'warn', 'the journal was not closed cleanly; checking it', { file: options.path }); }, (sentence) => { salvaged = sentence; });
    return { type: 'opened', salvaged };
  } catch (error) {
    const { name, message } = error as Error;
    return { type: 'failed', because: name === 'UnusableFile' ? message : `${options.path} cannot be opened: ${message}` };
  }
}

function opened(): JournalFile {
  if (file === null) throw new Error('the journal is not open');
  return file;
}

/** In slices, so that commits go on meanwhile. */
function verify(question: Question, steps: Generator<undefined, TimelineVerdict>): void {
  try {
    const step = steps.next();
    if (step.done === true) sendAnswers(port, [answered(question, step.value)]);
    else setImmediate(() => { verify(question, steps); });
  } catch (error) {
    sendAnswers(port, [threw(question, error)]);
  }
}

function tidyWhenIdle(): void {
  if (idleDue || file === null) return;
  idleDue = true;
  // Messages that have come meanwhile are taken before the next slice.
  setImmediate(() => {
    idleDue = false;
    if (file === null) return;
    if (file.tidySlice()) tidyWhenIdle();
    else file.checkpointIfGrown();
  });
}
