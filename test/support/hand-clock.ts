/** A clock that a test moves by hand; tasks run while it is moved, in the order of their deadlines. */
import type { Clock } from '../../gateway/model/ports/clock.ts';
import { monoTime, wallTime, type Instant, type Millis } from '../../gateway/model/time.ts';

export class HandClock implements Clock {
  #wall: number;
  #mono = 0;
  #tasks: { readonly due: number; readonly task: () => void }[] = [];
  constructor(wall: number) { this.#wall = wall; }

  get waiting(): number { return this.#tasks.length; }
  now(): Instant { return { wall: wallTime(this.#wall), mono: monoTime(this.#mono) }; }

  after(delay: Millis, task: () => void): () => void {
    const entry = { due: this.#mono + delay, task };
    this.#tasks.push(entry);
    return () => { this.#tasks = this.#tasks.filter((other) => other !== entry); };
  }

  advance(ms: number): void {
    const end = this.#mono + ms;
    for (;;) {
      const next = this.#tasks.filter((task) => task.due <= end).sort((a, b) => a.due - b.due)[0];
      if (next === undefined) break;
      this.#tasks = this.#tasks.filter((other) => other !== next);
      this.#wall += next.due - this.#mono;
      this.#mono = next.due;
      next.task();
    }
    this.#wall += end - this.#mono;
    this.#mono = end;
  }
}
