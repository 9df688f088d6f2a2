/** After a restart: gives the engine the records that came after its last stored position. They are no proof of life any more. */
import type { Journal, SpoolGroup } from '../model/ports/journal.ts';

const BATCH_BYTES = 1_000_000;

/** Hands groups to `take`, oldest first; resolves with how many records there were and the last position. */
export async function replaySpool(
  journal: Pick<Journal, 'readSpool'>, enginePosition: number, take: (group: SpoolGroup) => void,
): Promise<{ readonly records: number; readonly position: number }> {
  let position = enginePosition;
  let records = 0;
  for (;;) {
    const groups = await journal.readSpool(position + 1, BATCH_BYTES);
    if (groups.length === 0) return { records, position };
    for (const group of groups) {
      take(group);
      position = group.first + group.count - 1;
      records += group.count;
    }
  }
}
