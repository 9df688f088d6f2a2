/**
 * Whether a heartbeat was here before. Per device (or link) and boot: the highest seq and a window of 1,024. No seq, no de-duplication. Where a
 * device names no boot, a seq that falls to 0 or 1 is a new boot.
 */
import type { StateRow } from '../model/ports/journal.ts';
import { BootWindow, type Mark, type StoredWindow } from './boot-window.ts';

/** Boots remembered of one device: a backlog of the last boot may come in between heartbeats of this one. */
const MAX_BOOTS = 4;
const KEY = 'dedupe/';

export class SeenBy {
  readonly key: string;
  /** Most recently used last. */
  #boots: BootWindow[] = [];
  /** Changed since it was last offered for storing. */
  dirty = false;

  constructor(key: string) {
    this.key = key;
  }

  /** The window that `seq` belongs to; a new one where the device has started anew. */
  window(boot: string | null, seq: number): BootWindow {
    const boots = this.#boots;
    const last = boots[boots.length - 1];
    const known = last?.boot === boot ? last : boots.find((each) => each.boot === boot);
    if (known === undefined) return this.#add(new BootWindow(boot));
    if (known !== last) this.#add(known);
    if (boot === null && seq <= 1 && seq < known.highest) return this.#add(new BootWindow(null));
    return known;
  }

  get windows(): readonly BootWindow[] { return this.#boots; }

  /** JSON of its windows as `view` shows them: without what is not committed. */
  store(view: (window: BootWindow) => BootWindow): string {
    return JSON.stringify(this.#boots.map((window) => view(window).store()));
  }
  restore(stored: readonly StoredWindow[]): void {
    this.#boots = stored.slice(-MAX_BOOTS).map((each) => BootWindow.restore(each));
  }

  #add(window: BootWindow): BootWindow {
    this.#boots = this.#boots.filter((each) => each.boot !== window.boot);
    if (this.#boots.length >= MAX_BOOTS) this.#boots.shift();
    this.#boots.push(window);
    return window;
  }
}

/** All of them, by `d/<device>` and `l/<link>`. */
export class Duplicates {
  readonly #seen = new Map<string, SeenBy>();
  #dirty: SeenBy[] = [];

  of(key: string): SeenBy {
    let seen = this.#seen.get(key);
    if (seen === undefined) this.#seen.set(key, seen = new SeenBy(key));
    return seen;
  }

  touch(seen: SeenBy): void {
    if (seen.dirty) return;
    seen.dirty = true;
    this.#dirty.push(seen);
  }

  /** Rows of what changed since the last call. `pending`, oldest first, are marks whose commit is not done: they are not in the rows. */
  takeRows(pending: readonly Mark[]): readonly StateRow[] {
    if (this.#dirty.length === 0) return [];
    const committed = new Map<BootWindow, BootWindow>();
    for (let index = pending.length - 1; index >= 0; index -= 1) {
      const mark = pending[index];
      if (mark === undefined) continue;
      let copy = committed.get(mark.window);
      if (copy === undefined) committed.set(mark.window, copy = mark.window.copy());
      copy.undo(mark);
    }
    const dirty = this.#dirty;
    this.#dirty = [];
    return dirty.map((seen) => {
      // What is pending now must be offered again once it is committed.
      seen.dirty = false;
      if (seen.windows.some((window) => committed.has(window))) this.touch(seen);
      return { key: KEY + seen.key, json: seen.store((window) => committed.get(window) ?? window) };
    });
  }

  restore(rows: readonly StateRow[]): void {
    for (const { key, json } of rows) {
      if (json === null || !key.startsWith(KEY)) continue;
      // Written by `store` above and by nothing else.
      this.of(key.slice(KEY.length)).restore(JSON.parse(json) as readonly StoredWindow[]);
    }
  }
}
