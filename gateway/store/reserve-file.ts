/**
 * A few megabytes that are kept so that state and alerts can still be stored on a full disk: given up when it is, taken again when there is room.
 * While it is given up no telemetry is taken, else that would eat it.
 */
import { closeSync, fsyncSync, openSync, rmSync, statSync, writeSync } from 'node:fs';

const CHUNK: Buffer = Buffer.alloc(1_048_576);

export class ReserveFile {
  readonly #path: string;
  readonly #bytes: number;
  #held = false;

  constructor(path: string, bytes: number) {
    this.#path = path;
    this.#bytes = bytes;
    this.take();
  }

  get held(): boolean { return this.#held; }

  /** True where it is held now. Writes real bytes: a hole would be no reserve. */
  take(): boolean {
    if (this.#held || this.#bytes === 0) return this.#held = true;
    try {
      if ((statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0) >= this.#bytes) return this.#held = true;
      const file = openSync(this.#path, 'w', 0o600);
      try {
        for (let written = 0; written < this.#bytes;) written += writeSync(file, CHUNK, 0, Math.min(CHUNK.length, this.#bytes - written));
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      return this.#held = true;
    } catch {
      this.giveUp();
      return false;
    }
  }

  giveUp(): void {
    if (this.#bytes === 0) return;
    this.#held = false;
    try {
      rmSync(this.#path, { force: true });
    } catch { /* What cannot be removed gives no room either. */ }
  }
}
