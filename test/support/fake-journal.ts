/** The committing half of a journal, by hand: each commit waits until the test lets it end. */
import type { CommitOutcome, Journal, JournalCommit } from '../../gateway/model/ports/journal.ts';
import { decodeRecords } from '../../gateway/model/spool-record.ts';

export interface HeldCommit {
  readonly commit: JournalCommit;
  /** Payloads of its spool group. */
  readonly payloads: readonly string[];
  end(outcome: CommitOutcome): void;
}

export class FakeJournal implements Pick<Journal, 'commit'> {
  readonly held: HeldCommit[] = [];
  /** Everything that was committed, in order. */
  readonly stored: string[] = [];
  #position = 0;

  commit(commit: JournalCommit): Promise<CommitOutcome> {
    const { promise, resolve } = Promise.withResolvers<CommitOutcome>();
    const payloads = commit.spool === undefined ? [] : [...decodeRecords(commit.spool.bytes)].map(({ payload }) => Buffer.from(payload).toString());
    this.held.push({ commit, payloads, end: resolve });
    return promise;
  }

  /** Lets the oldest commit succeed. */
  async succeed(): Promise<HeldCommit> {
    const held = this.#oldest();
    const first = this.#position + 1;
    this.#position += held.payloads.length;
    this.stored.push(...held.payloads);
    held.end({ type: 'committed', first: held.payloads.length > 0 ? first : 0 });
    await turn();
    return held;
  }
  async fail(code = 'ENOSPC'): Promise<HeldCommit> {
    const held = this.#oldest();
    held.end({ type: 'failed', code, because: 'no space left on device' });
    await turn();
    return held;
  }
  #oldest(): HeldCommit {
    const held = this.held.shift();
    if (held === undefined) throw new Error('no commit waits');
    return held;
  }
}
/** Lets promises and one setImmediate run. */
export const turn = (): Promise<void> => new Promise((resolve) => { setImmediate(() => { setImmediate(resolve); }); });
