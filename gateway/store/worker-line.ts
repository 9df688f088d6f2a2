/** The main thread's end of a store's worker: numbered questions, answers by number, and what is left to say when the worker is gone. */
import { Worker, type Transferable } from 'node:worker_threads';
import type { Log, LogFields } from '../model/ports/log.ts';

/** What a worker can be asked: per name the shape of the question and of its answer. Both must survive structured cloning. */
export type Calls = Record<string, { readonly ask: unknown; readonly answer: unknown }>;
export interface Question {
  readonly id: number;
  readonly name: string;
  readonly ask: unknown;
}
export interface Answer {
  readonly id: number;
  readonly ok: boolean;
  /** The answer, or where not `ok` the message of the error. */
  readonly value: unknown;
}
export type FromWorker =
  | { readonly type: 'answers'; readonly answers: readonly Answer[] }
  | { readonly type: 'log'; readonly level: 'info' | 'warn' | 'error'; readonly message: string; readonly fields: LogFields };

/** The worker ended, by `close` or by a fault: the question was not or will never be answered. */
export class WorkerGone extends Error {
  override name = 'WorkerGone';
}

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

export class WorkerLine<C extends Calls> {
  readonly #worker: Worker;
  readonly #waiting: Map<number, Waiting> = new Map();
  readonly #ended: Promise<void>;
  #nextId = 1;
  #gone: WorkerGone | null = null;
  #closing = false;

  /** `module` is the worker's own file; `name` is what errors and the log call it. */
  constructor(module: URL, name: string, workerData: unknown, log: Log) {
    this.#worker = new Worker(module, { name, workerData });
    this.#worker.on('message', (message: FromWorker) => {
      if (message.type === 'log') log[message.level](message.message, message.fields);
      else for (const answer of message.answers) this.#settle(answer);
    });
    this.#worker.on('error', (error: unknown) => {
      this.#end(`the ${name} worker failed: ${error instanceof Error ? error.message : String(error)}`);
      log.error(`the ${name} worker failed; nothing can be stored until the gateway is started again`, { because: String(error) });
    });
    this.#ended = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        this.#end(`the ${name} is closed`);
        resolve();
      });
    });
  }

  /** Questions reach the worker in the order of the calls. Rejects with what the worker threw, or WorkerGone. */
  ask<Name extends keyof C & string>(name: Name, ask: C[Name]['ask'], transfer: readonly Transferable[] = []): Promise<C[Name]['answer']> {
    if (this.#gone !== null || this.#closing) return Promise.reject(this.#gone ?? new WorkerGone('closed'));
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const question: Question = { id, name, ask };
      this.#worker.postMessage(question, transfer);
      this.#waiting.set(id, { resolve, reject });
    });
  }

  /** Asks `last`, after which the worker ends by itself; what was asked before is answered first. Safe to call twice. */
  async close<Name extends keyof C & string>(last: Name, ask: C[Name]['ask']): Promise<void> {
    const done = this.#closing || this.#gone !== null ? null : this.ask(last, ask);
    this.#closing = true;
    try {
      await done;
    } finally {
      await this.#ended;
    }
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (answer.ok) waiting?.resolve(answer.value as never);
    else waiting?.reject(new Error(String(answer.value)));
  }

  #end(because: string): void {
    this.#gone ??= new WorkerGone(because);
    for (const waiting of this.#waiting.values()) waiting.reject(this.#gone);
    this.#waiting.clear();
  }
}
