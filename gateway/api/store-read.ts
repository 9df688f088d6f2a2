import type { Log } from '../model/ports/log.ts';
import { Problem } from './problem.ts';

/** Reads from a store; where it fails, the log has the reason and the reader a 503 that shows nothing of it. */
export async function fromStore<Result>(log: Log, what: string, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    log.error(`the ${what} cannot be read`, { because: error instanceof Error ? error.message : String(error) });
    throw new Problem('store-unavailable', `the ${what} cannot be read at the moment`);
  }
}
