/** A ChangeFeed that a test writes to; `held` is how many changes it can resume from. */
import type { Change, ChangeFeed } from '../../gateway/model/ports/situation.ts';

export class FakeFeed implements ChangeFeed {
  readonly #run: string;
  readonly #held: number;
  #changes: Change[] = [];
  #number = 0;
  readonly #listeners = new Set<(change: Change) => void>();
  constructor(run = 'run1', held = 100) {
    this.#run = run;
    this.#held = held;
  }

  get followers(): number { return this.#listeners.size; }
  get position(): string { return `${this.#run}-${this.#number}`; }

  publish(type: Change['type'], id: string, resource: Change['resource']): void {
    this.#number += 1;
    const change: Change = { position: this.position, type, id, resource };
    this.#changes = [...this.#changes, change].slice(-this.#held);
    for (const listener of this.#listeners) listener(change);
  }

  follow(after: string | null, listener: (change: Change) => void): { readonly resumed: boolean; readonly position: string; stop(): void } {
    const number = after?.startsWith(`${this.#run}-`) === true ? Number(after.slice(this.#run.length + 1)) : Number.NaN;
    const resumed = number <= this.#number && number >= this.#number - this.#changes.length;
    if (resumed) for (const change of this.#changes.slice(this.#changes.length - (this.#number - number))) listener(change);
    this.#listeners.add(listener);
    return { resumed, position: this.position, stop: () => { this.#listeners.delete(listener); } };
  }
}
