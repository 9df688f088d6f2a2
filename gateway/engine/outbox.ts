/** What one step wants done, collected while it runs. */
import type { AlertId } from '../model/ids.ts';
import type { StateRow } from '../model/ports/journal.ts';
import type { Bilingual } from '../model/text.ts';
import type { Instant, MonoTime } from '../model/time.ts';
import type { TimelineEntry, TimelineType } from '../model/timeline.ts';
import type { Change, StepResult, Tell } from './effect.ts';

const NONE: readonly never[] = [];

export class Outbox {
  /** Seq of the next timeline entry. Entries are contiguous over the whole life of the gateway. */
  nextSeq: number;
  #record: TimelineEntry[] = [];
  #changed = new Map<string, Change>();
  #tell: Tell[] = [];
  constructor(nextSeq: number) {
    this.nextSeq = nextSeq;
  }

  record(now: Instant, type: TimelineType, alert: AlertId | null, text: Bilingual, detail: TimelineEntry['detail'] = {}, by: string | null = null): void {
    this.#record.push({ seq: this.nextSeq++, at: now.wall, type, alert, by, text, detail });
  }
  change(type: Change['type'], id: string): void {
    this.#changed.set(`${type}/${id}`, { type, id });
  }
  tell(tell: Tell): void {
    this.#tell.push(tell);
  }
  get quiet(): boolean {
    return this.#record.length === 0 && this.#changed.size === 0 && this.#tell.length === 0;
  }
  /** The result of a step that changed nothing: nearly all of them. */
  nothing(wakeAt: MonoTime | null): StepResult {
    return { record: NONE, state: NONE, changed: NONE, tell: NONE, wakeAt };
  }
  /** Hands everything over. `rowsOf` gives the state rows of what changed, so that they are stored with the entries. */
  take(wakeAt: MonoTime | null, rowsOf: (changes: readonly Change[]) => readonly StateRow[]): StepResult {
    const changed = [...this.#changed.values()];
    const result: StepResult = {
      record: this.#record.length > 0 ? this.#record : NONE, state: changed.length > 0 ? rowsOf(changed) : [], changed, tell: this.#tell, wakeAt,
    };
    this.#record = [];
    this.#changed = new Map();
    this.#tell = [];
    return result;
  }
}
