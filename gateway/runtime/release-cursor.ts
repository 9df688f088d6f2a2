/** The spool may go only up to what every history has: the slowest of them decides. */
import type { Journal } from '../model/ports/journal.ts';

export class ReleaseCursor {
  readonly #journal: Pick<Journal, 'release'>;
  readonly #reached: Map<string, number>;

  /** `histories`: everyone who must have a record before it may go. */
  constructor(journal: Pick<Journal, 'release'>, histories: readonly string[]) {
    this.#journal = journal;
    this.#reached = new Map(histories.map((name) => [name, 0]));
  }

  /** Where each of them stands. */
  get reached(): ReadonlyMap<string, number> { return this.#reached; }

  /** `name` holds everything up to `position`, and a power cut would not take it away. */
  async reach(name: string, position: number): Promise<void> {
    this.#reached.set(name, position);
    await this.#journal.release(Math.min(...this.#reached.values()));
  }
}
