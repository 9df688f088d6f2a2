/** Lines on their way to InfluxDB: cut into requests, written two at a time, and what no server will ever take found and set aside. */
import type { RetentionName } from './schema.ts';
import type { Line } from './record-lines.ts';
import type { WriteAnswer } from './influx-write.ts';

const MAX_LINES = 5_000;
const MAX_BYTES = 1_000_000;
const IN_FLIGHT = 2;
/** A request that fails so often while the server is otherwise well holds a poison line. */
const POISON_AFTER = 5;
/** Seen on 1.6.7: `field type conflict: input field "x" on measurement "y" is type float, already exists as type integer`. */
const CONFLICT = /input field \\?"([^"\\]+)\\?" on measurement \\?"([^"\\]+)\\?"/;

export interface DeadLetter {
  readonly line: string;
  readonly because: string;
  readonly late: boolean;
}
export interface BatchServer {
  readonly write: (retention: RetentionName, lines: string) => Promise<WriteAnswer>;
  /** Whether the server is well apart from this batch. */
  readonly ping: () => Promise<boolean>;
}
export type BatchOutcome =
  | { readonly type: 'written' }
  /** Offer the same batch again later. `misconfigured`: somebody has to do something first. */
  | { readonly type: 'unavailable'; readonly because: string; readonly misconfigured: boolean; readonly retryAfterMs: number | null };

interface Request { readonly retention: RetentionName; readonly lines: readonly string[]; failures: number }

/** The same object is offered again until it is written, so that every attempt sends identical bytes, and what is done is not done twice. */
export class InfluxBatch {
  #open: Request[];
  readonly deadLetters: DeadLetter[] = [];
  readonly lines: number;
  retries = 0;

  constructor(lines: readonly Line[]) {
    this.lines = lines.length;
    this.#open = [...cut(lines)];
  }

  async write(server: BatchServer): Promise<BatchOutcome> {
    while (this.#open.length > 0) {
      const now = this.#open.splice(0, IN_FLIGHT);
      const outcomes = await Promise.all(now.map((request) => this.#send(request, server)));
      const stopped = outcomes.find((outcome) => outcome !== null);
      if (stopped !== undefined) return stopped;
    }
    return { type: 'written' };
  }

  /** Null: dealt with, or cut into smaller ones that are open now. */
  async #send(request: Request, server: BatchServer): Promise<BatchOutcome | null> {
    const answer = await server.write(request.retention, request.lines.join('\n'));
    switch (answer.type) {
      case 'written': return null;
      case 'partial': this.#setAside(request, answer.because, answer.late); return null;
      case 'refused':
        if (request.lines.length === 1 || answer.late) this.#all(request, answer.because, answer.late);
        // "Unable to parse" of a whole request may be the fault of few lines.
        else this.#halve(request);
        return null;
      case 'too-large':
        if (request.lines.length === 1) this.#all(request, 'larger than the server takes', false);
        else this.#halve(request);
        return null;
      case 'failed': {
        request.failures += 1;
        const poison = request.failures >= POISON_AFTER && await server.ping();
        if (poison && request.lines.length > 1) {
          this.#halve(request, POISON_AFTER - 1);
          return null;
        }
        if (poison) {
          this.#all(request, answer.because, false);
          return null;
        }
        return this.#again(request, answer.because, false, null);
      }
      case 'busy': return this.#again(request, answer.because, false, answer.retryAfter);
      case 'misconfigured': return this.#again(request, answer.because, true, null);
    }
  }

  #again(request: Request, because: string, misconfigured: boolean, retryAfterMs: number | null): BatchOutcome {
    this.#open.unshift(request);
    this.retries += 1;
    return { type: 'unavailable', because, misconfigured, retryAfterMs };
  }

  /** Which lines the server means: it names a field and a measurement, or quotes the line; else nobody can say, and the answer itself is kept. */
  #setAside(request: Request, because: string, late: boolean): void {
    const [, field, measurement] = CONFLICT.exec(because) ?? [];
    const bad = request.lines.filter((line) => (field !== undefined && measurement !== undefined
      ? line.startsWith(measurement) && /[, ]/.test(line.charAt(measurement.length)) && new RegExp(`[ ,]${field}=`).test(line)
      : because.includes(line)));
    if (bad.length === 0) this.deadLetters.push({ line: '', because, late });
    else for (const line of bad) this.deadLetters.push({ line, because, late });
  }
  #all(request: Request, because: string, late: boolean): void {
    for (const line of request.lines) this.deadLetters.push({ line, because, late });
  }
  #halve({ retention, lines }: Request, failures = 0): void {
    const middle = Math.ceil(lines.length / 2);
    this.#open.unshift({ retention, lines: lines.slice(0, middle), failures }, { retention, lines: lines.slice(middle), failures });
  }
}

function* cut(lines: readonly Line[]): Generator<Request> {
  for (const retention of ['raw', 'events'] as const) {
    let part: string[] = [];
    let bytes = 0;
    for (const { text, retention: own } of lines) {
      if (own !== retention) continue;
      if (part.length >= MAX_LINES || bytes + text.length > MAX_BYTES) {
        yield { retention, lines: part, failures: 0 };
        part = [];
        bytes = 0;
      }
      part.push(text);
      bytes += text.length + 1;
    }
    if (part.length > 0) yield { retention, lines: part, failures: 0 };
  }
}
