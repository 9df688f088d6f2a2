/**
 * The bytes that the spool holds. A group is any number of records, each
 * `<receivedMs> <kind> <id> <payloadBytes>\n<payload>\n`, so that a payload is kept exactly as it came and a reader needs no escaping.
 */
import { wallTime, type WallTime } from './time.ts';

/** d: device heartbeat, l: link heartbeat, s: device status (`online`/`offline`), w: the same, sent as a Will, p: points of the gateway itself. */
export type RecordKind = 'd' | 'l' | 's' | 'w' | 'p';
export interface SpoolRecord {
  readonly receivedAt: WallTime;
  readonly kind: RecordKind;
  readonly id: string;
  readonly payload: Uint8Array;
}

/** Collects records into one growing buffer; `take` hands the bytes over and starts anew. */
export class RecordGroup {
  #buffer: Buffer;
  #length = 0;
  #count = 0;
  constructor(initialBytes = 16_384) {
    this.#buffer = Buffer.allocUnsafeSlow(initialBytes);
  }
  get count(): number { return this.#count; }
  get bytes(): number { return this.#length; }

  append(record: SpoolRecord): void {
    const header = `${record.receivedAt} ${record.kind} ${record.id} ${record.payload.length}\n`;
    const needed = this.#length + header.length + record.payload.length + 1;
    if (needed > this.#buffer.length) this.#grow(needed);
    this.#buffer.write(header, this.#length, 'latin1');
    this.#length += header.length;
    this.#buffer.set(record.payload, this.#length);
    this.#length += record.payload.length;
    this.#buffer[this.#length++] = 10;
    this.#count += 1;
  }

  /** The records so far, on a buffer of their own that may be transferred to another thread. */
  take(): { bytes: Uint8Array<ArrayBuffer>; count: number } {
    const taken = { bytes: new Uint8Array(this.#buffer.buffer as ArrayBuffer, 0, this.#length), count: this.#count };
    this.#buffer = Buffer.allocUnsafeSlow(Math.max(16_384, this.#length));
    this.#length = 0;
    this.#count = 0;
    return taken;
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

/** Reads a group back. Throws on bytes that no RecordGroup wrote: that is a damaged file, not bad input. */
export function* decodeRecords(bytes: Uint8Array): Generator<SpoolRecord> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 0;
  while (offset < buffer.length) {
    const end = buffer.indexOf(10, offset);
    const fields = end < 0 ? [] : buffer.toString('latin1', offset, end).split(' ');
    const [received, kind, id, length] = fields;
    const size = Number(length);
    if (fields.length !== 4 || id === undefined || !Number.isSafeInteger(size) || end + 1 + size >= buffer.length) {
      throw new Error(`spool record at byte ${offset} of ${buffer.length} is damaged`);
    }
    yield { receivedAt: wallTime(Number(received)), kind: kind as RecordKind, id, payload: buffer.subarray(end + 1, end + 1 + size) };
    offset = end + 1 + size + 1;
  }
}
