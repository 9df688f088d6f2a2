/** All open readers of the event stream: their number is bounded, and they end with the server. */
import type { Writable } from 'node:stream';
import { STALL_LIMIT, StreamReader, type StreamContext, type StreamRequest } from './stream-reader.ts';

export const MAX_READERS = 200;

export class StreamReaders {
  readonly #context: Omit<StreamContext, 'ended' | 'stallLimit'>;
  readonly #open = new Set<StreamReader>();
  #cut = 0;

  constructor(context: Omit<StreamContext, 'ended' | 'stallLimit'>) { this.#context = context; }

  get count(): number { return this.#open.size; }
  /** How many were cut because they took nothing, since the start. */
  get cut(): number { return this.#cut; }
  get full(): boolean { return this.#open.size >= MAX_READERS; }

  add(out: Writable, request: StreamRequest): void {
    const reader: StreamReader = new StreamReader(out, request, {
      ...this.#context,
      stallLimit: STALL_LIMIT,
      ended: (cut) => {
        this.#open.delete(reader);
        if (cut) this.#cut += 1;
      },
    });
    this.#open.add(reader);
    reader.start();
  }

  stopAll(): void {
    for (const reader of this.#open) reader.stop();
  }
}
