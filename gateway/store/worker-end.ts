/** The worker's end of a WorkerLine: answers, and lines for the operator's log, which the main thread writes. */
import { parentPort, type MessagePort, type Transferable } from 'node:worker_threads';
import type { LogFields } from '../model/ports/log.ts';
import type { Answer, FromWorker, Question } from './worker-line.ts';

export type LogLevel = 'info' | 'warn' | 'error';

/** The port to the main thread. Throws outside a worker. */
export function portToMain(): MessagePort {
  if (parentPort === null) throw new Error('this module runs only as a worker of the gateway');
  return parentPort;
}

export function sendAnswers(port: MessagePort, answers: readonly Answer[], transfer: readonly Transferable[] = []): void {
  const message: FromWorker = { type: 'answers', answers };
  port.postMessage(message, transfer);
}

export function sendLog(port: MessagePort, level: LogLevel, message: string, fields: LogFields = {}): void {
  const line: FromWorker = { type: 'log', level, message, fields };
  port.postMessage(line);
}

export const answered = (question: Question, value: unknown): Answer => ({ id: question.id, ok: true, value });
export const threw = (question: Question, error: unknown): Answer => ({ id: question.id, ok: false, value: error instanceof Error ? error.message : String(error) });
