/** Which sequence numbers of one boot were seen: the highest, and one bit for each of the 1,024 up to it. */

export const WINDOW = 1_024;
const WORDS = WINDOW / 32;

/** What taking a number changed; kept until its commit, which may fail. */
export interface Mark {
  readonly window: BootWindow;
  readonly seq: number;
  readonly highestBefore: number;
  /** The bit that was there before, which belonged to a number 1,024 lower. */
  readonly bitBefore: boolean;
}

/** How a window is stored: highest number, and its bits as base64, little-endian words, number n at bit n mod 1,024. */
export interface StoredWindow {
  readonly boot: string | null;
  readonly highest: number;
  readonly bits: string;
}

export class BootWindow {
  readonly boot: string | null;
  /** -1 while nothing was seen. */
  #highest: number;
  readonly #bits: Uint32Array;

  constructor(boot: string | null, highest = -1, bits: Uint32Array = new Uint32Array(WORDS)) {
    this.boot = boot;
    this.#highest = highest;
    this.#bits = bits;
  }
  get highest(): number { return this.#highest; }

  /**
   * True where `seq` was seen. A number below the window cannot be told from one that was never here: it counts as new, because a reading
   * stored twice does less harm than one that was acknowledged and dropped.
   */
  has(seq: number): boolean {
    return seq <= this.#highest && seq > this.#highest - WINDOW && this.#bit(seq);
  }

  /** Marks `seq` as seen; null where it lies below the window and nothing is marked. */
  take(seq: number): Mark | null {
    const highestBefore = this.#highest;
    if (seq <= highestBefore - WINDOW) return null;
    if (seq > highestBefore) {
      if (seq - highestBefore >= WINDOW) this.#bits.fill(0);
      else for (let between = highestBefore + 1; between < seq; between += 1) this.#set(between, false);
      this.#highest = seq;
    }
    const bitBefore = this.#bit(seq);
    this.#set(seq, true);
    return { window: this, seq, highestBefore, bitBefore };
  }

  /** Takes back the newest mark. Bits that a jump ahead had cleared stay clear: such numbers count as new again. */
  undo(mark: Mark): void {
    this.#set(mark.seq, mark.bitBefore);
    this.#highest = mark.highestBefore;
  }

  copy(): BootWindow { return new BootWindow(this.boot, this.#highest, this.#bits.slice()); }

  store(): StoredWindow {
    return { boot: this.boot, highest: this.#highest, bits: Buffer.from(this.#bits.buffer, this.#bits.byteOffset, this.#bits.byteLength).toString('base64') };
  }
  static restore(stored: StoredWindow): BootWindow {
    const bits = new Uint32Array(WORDS);
    Buffer.from(bits.buffer).set(Buffer.from(stored.bits, 'base64').subarray(0, WORDS * 4));
    return new BootWindow(stored.boot, stored.highest, bits);
  }

  #bit(seq: number): boolean {
    const at = seq % WINDOW;
    return ((this.#bits[at >>> 5] ?? 0) >>> (at & 31) & 1) === 1;
  }
  #set(seq: number, value: boolean): void {
    const at = seq % WINDOW;
    const word = this.#bits[at >>> 5] ?? 0;
    this.#bits[at >>> 5] = value ? word | (1 << (at & 31)) : word & ~(1 << (at & 31));
  }
}
