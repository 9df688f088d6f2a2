/** The embedded history's thread. Writes, prunes and syncs take turns; queries run between their slices. */
import { workerData } from 'node:worker_threads';
import type { HistoryQuery } from '../model/ports/history-store.ts';
import type { SpoolGroup } from '../model/ports/journal.ts';
import type { HistoryCalls, HistoryWorkerData } from './history-calls.ts';
import { HistoryFile } from './history-file.ts';
import type { OpenAnswer } from './journal-calls.ts';
import { answered, portToMain, sendAnswers, sendLog, threw } from './worker-end.ts';
import type { Question } from './worker-line.ts';

const port = portToMain();
let file: HistoryFile | null = null;
/** What changes the file, one after the other. Bounded by its callers: the drain writes one batch at a time, and so does the prune. */
let turn: Promise<unknown> = Promise.resolve();

port.on('message', (question: Question) => {
  void answer(question);
});

async function answer(question: Question): Promise<void> {
  try {
    sendAnswers(port, [answered(question, await answerTo(question))]);
  } catch (error) {
    sendAnswers(port, [threw(question, error)]);
  }
  if (question.name === 'close') port.close();
}

async function answerTo({ name, ask }: Question): Promise<unknown> {
  switch (name as keyof HistoryCalls) {
    case 'open': return open();
    case 'write': return inTurn(() => inSlices(opened().write(ask as readonly SpoolGroup[])));
    case 'query': return inSlices(opened().query(ask as HistoryQuery));
    case 'metrics': return opened().metrics(ask as HistoryQuery['subject']);
    case 'prune': return prune(ask as HistoryCalls['prune']['ask']);
    case 'settle': return inTurn(() => { opened().settle(); return null; });
    case 'status': return opened().status();
    case 'close': return inTurn(() => { file?.close(); return null; });
  }
}

function open(): OpenAnswer {
  const { path, stamp } = workerData as HistoryWorkerData;
  try {
    let salvaged: string | null = null;
    file = new HistoryFile(path, stamp, (message, fields) => { sendLog(port, 'warn', message, fields); }, (sentence) => { salvaged = sentence; });
    return { type: 'opened', salvaged };
  } catch (error) {
    const { name, message } = error as Error;
    return { type: 'failed', because: name === 'UnusableFile' ? message : `${path} cannot be opened: ${message}` };
  }
}

function opened(): HistoryFile {
  if (file === null) throw new Error('the history is not open');
  return file;
}

/** Each slice takes its own turn, so that a batch of points waits for one slice at most. */
async function prune({ before, meansBefore }: HistoryCalls['prune']['ask']): Promise<number> {
  let total = 0;
  let doneSeries = 0;
  for (;;) {
    const step = await inTurn(() => opened().pruneSlice(before, meansBefore, doneSeries));
    total += step.removed;
    doneSeries = step.doneSeries;
    if (step.finished) return total;
    await othersFirst();
  }
}

function inTurn<Result>(task: () => Result | Promise<Result>): Promise<Result> {
  const mine = turn.then(task);
  turn = mine.catch(() => undefined);
  return mine;
}

async function inSlices<Result>(work: Generator<undefined, Result>): Promise<Result> {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    await othersFirst();
  }
}

const othersFirst = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });
