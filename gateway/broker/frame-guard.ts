/**
 * Looks at the length of every MQTT packet before the parser may gather it: the parser alone would hold up to 268 MB for whoever announces as much.
 * MQTT 3.1.1, 2.2: one byte of type, then the remaining length in one to four bytes of seven bits.
 */

/** A CONNECT with client id, Will, user name and password fits well. */
export const MAX_CONNECT_BYTES = 2_048;
/** Room above the 64 KiB of a payload, so that one that is somewhat too large is refused and acknowledged like any other, with its reason. */
export const MAX_PACKET_BYTES = 262_144;
const CONNECT = 1;
const UNSUBSCRIBE = 10;
/** Packet id and one filter of at least one character; [MQTT-3.10.3-2], which the parser does not look at. */
const LEAST_UNSUBSCRIBE = 5;

export class FrameGuard {
  /** Bytes of the packet in hand that are still to come. */
  #left = 0;
  /** -1: the next byte begins a packet; otherwise how many bytes of its length were read. */
  #lengthBytes = -1;
  #length = 0;
  #limit = MAX_CONNECT_BYTES;
  #first = true;
  #type = 0;

  /** Takes bytes in the order of their coming, in any pieces. Null, or in a few words what is wrong: then nothing of them may be parsed. */
  check(bytes: Uint8Array): string | null {
    let at = 0;
    while (at < bytes.length) {
      if (this.#left > 0) {
        const taken = Math.min(this.#left, bytes.length - at);
        this.#left -= taken;
        at += taken;
        continue;
      }
      const byte = bytes[at++] ?? 0;
      if (this.#lengthBytes < 0) {
        if (this.#first && byte >> 4 !== CONNECT) return 'the first packet is no CONNECT';
        this.#type = byte >> 4;
        this.#lengthBytes = 0;
        this.#length = 0;
        continue;
      }
      this.#length += (byte & 0x7f) * 2 ** (7 * this.#lengthBytes);
      this.#lengthBytes += 1;
      if (this.#length > this.#limit) return `a packet of more than ${this.#limit} bytes`;
      if (byte < 0x80) {
        if (this.#type === UNSUBSCRIBE && this.#length < LEAST_UNSUBSCRIBE) return 'an UNSUBSCRIBE without a filter';
        this.#left = this.#length;
        this.#lengthBytes = -1;
        this.#first = false;
        this.#limit = MAX_PACKET_BYTES;
      } else if (this.#lengthBytes === 4) return 'a malformed packet length';
    }
    return null;
  }
}
