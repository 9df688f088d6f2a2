/** Changes in order, with the last ones held for readers who come back. */
import type { Change, ChangeFeed } from '../model/ports/situation.ts';

const HELD = 10_000;

/** A ChangeFeed that is written to. `run` names this run of the gateway, so that a position of an earlier one is not mistaken for one of ours. */
export class HeldChangeFeed implements ChangeFeed {
  readonly #run: string;
  #number = 0;
  #held: Change[] = [];
  readonly #listeners = new Set<(change: Change) => void>();
  constructor(run: string) {
    this.#run = run;
  }

  get followers(): number { return this.#listeners.size; }

  publish(change: Omit<Change, 'position'>): void {
    this.#number += 1;
    const numbered: Change = { ...change, position: `${this.#run}-${this.#number}` };
    this.#held.push(numbered);
    // Cut in large pieces, so that each change costs O(1).
    if (this.#held.length > HELD * 1.5) this.#held = this.#held.slice(-HELD);
    for (const listener of this.#listeners) listener(numbered);
  }

  follow(after: string | null, listener: (change: Change) => void): { readonly resumed: boolean; readonly position: string; stop(): void } {
    const number = this.#numberOf(after);
    const oldest = this.#number - this.#held.length;
    const resumed = number !== null && number >= oldest && number <= this.#number;
    if (resumed) for (const change of this.#held.slice(number - oldest)) listener(change);
    this.#listeners.add(listener);
    return { resumed, position: `${this.#run}-${this.#number}`, stop: () => { this.#listeners.delete(listener); } };
  }

  #numberOf(position: string | null): number | null {
    if (position === null || !position.startsWith(`${this.#run}-`)) return null;
    const number = Number(position.slice(this.#run.length + 1));
    return Number.isSafeInteger(number) && number >= 0 ? number : null;
  }
}
