/**
 * Secrets of machines: 128 random bits, so that a fast keyed hash is enough to keep them (nobody can try 2^128 of them), and a sign-in costs
 * microseconds in a storm of returning devices. The key of the hash lies in the data folder, in a file of its own.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const SECRET_BYTES = 16;
const KEY_BYTES = 32;

/** Shown once, when it is made: 22 characters that need no quoting anywhere. */
export const newSecret = (): string => randomBytes(SECRET_BYTES).toString('base64url');

export class SecretHash {
  readonly #key: Buffer;
  constructor(key: Buffer) {
    this.#key = key;
  }
  of(secret: string): string {
    return createHmac('sha256', this.#key).update(secret).digest('base64url');
  }
  /** In a time that does not depend on where the two differ. */
  matches(secret: string, hash: string): boolean {
    const given = Buffer.from(this.of(secret));
    const kept = Buffer.from(hash);
    return given.length === kept.length && timingSafeEqual(given, kept);
  }
}

/** Reads `<dataDir>/access.key`, or makes it (0600). Throws with one sentence where it is damaged: guessing a new one would lock every device out. */
export function readOrMakeKey(dataDir: string): Buffer {
  const path = join(dataDir, 'access.key');
  try {
    const key = Buffer.from(readFileSync(path, 'utf8').trim(), 'base64url');
    if (key.length !== KEY_BYTES) throw new Error(`${path} is damaged: ${KEY_BYTES} bytes in base64url are expected; restore it from a backup, or remove it and issue every credential anew`);
    return key;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const key = randomBytes(KEY_BYTES);
  const file = openSync(path, 'wx', 0o600);
  writeSync(file, `${key.toString('base64url')}\n`);
  fsyncSync(file);
  closeSync(file);
  return key;
}
