/** What the tests of the stores share: folders that vanish, groups of records, timeline entries, and a log that is kept. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AlertId } from '../../gateway/model/ids.ts';
import type { Journal, SpoolGroup } from '../../gateway/model/ports/journal.ts';
import type { Log, LogFields } from '../../gateway/model/ports/log.ts';
import { decodeRecords, RecordGroup, type RecordKind } from '../../gateway/model/spool-record.ts';
import { wallTime } from '../../gateway/model/time.ts';
import type { TimelineEntry } from '../../gateway/model/timeline.ts';
import { openJournal, type JournalOptions } from '../../gateway/store/journal.ts';

export const NOON = 1_790_000_000_000;

/** A folder for one test; `using` removes it. */
export function testFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'lianqin-store-'));
  return { path, [Symbol.dispose](): void { rmSync(path, { recursive: true, force: true }); } };
}

export class KeptLog implements Log {
  readonly lines: { readonly level: string; readonly message: string; readonly fields: LogFields }[] = [];
  info(message: string, fields: LogFields = {}): void { this.lines.push({ level: 'info', message, fields }); }
  warn(message: string, fields: LogFields = {}): void { this.lines.push({ level: 'warn', message, fields }); }
  error(message: string, fields: LogFields = {}): void { this.lines.push({ level: 'error', message, fields }); }
}

export const LIMITS = { quarantineMaxRows: 1_000, quarantineMaxBytes: 10_000_000, maxBytes: 100_000_000, whenFull: 'refuse', reserveBytes: 0 } as const;

export async function openTestJournal(dataDir: string, more: Partial<JournalOptions> = {}): Promise<Journal> {
  const outcome = await openJournal({ dataDir, log: new KeptLog(), now: wallTime(NOON), ...LIMITS, ...more });
  if (outcome.type !== 'opened') throw new Error(JSON.stringify(outcome));
  return outcome.journal;
}

/** One record a payload, received a second apart from `at` on. */
export function groupOf(payloads: readonly string[], { id = 'radio-1', kind = 'd', at = NOON, apart = 1_000 }: { id?: string; kind?: RecordKind; at?: number; apart?: number } = {}): { bytes: Uint8Array<ArrayBuffer>; count: number } {
  const group = new RecordGroup();
  for (const [index, payload] of payloads.entries()) group.append({ receivedAt: wallTime(at + index * apart), kind, id, payload: Buffer.from(payload) });
  return group.take();
}

export function spoolGroup(first: number, payloads: readonly string[], more: Parameters<typeof groupOf>[1] = {}): SpoolGroup {
  return { first, ...groupOf(payloads, more) };
}

/** All payloads that the spool holds, by position. */
export async function spoolTexts(journal: Pick<Journal, 'readSpool'>, from = 1): Promise<Map<number, string>> {
  const texts = new Map<number, string>();
  for (let next = from; ;) {
    const groups = await journal.readSpool(next, 100_000);
    if (groups.length === 0) return texts;
    for (const group of groups) {
      let position = group.first;
      for (const record of decodeRecords(group.bytes)) texts.set(position++, Buffer.from(record.payload).toString());
      next = group.first + group.count;
    }
  }
}

export function timelineEntry(seq: number, more: Partial<TimelineEntry> = {}): TimelineEntry {
  return {
    seq, at: wallTime(NOON + seq), type: 'raised', alert: `A-${seq % 3}` as AlertId, by: seq % 2 === 0 ? null : 'gateway',
    text: { zh: `第 ${seq} 条`, en: `entry ${seq}` }, detail: { level: seq, confirmed: true, via: null, name: '警戒' }, ...more,
  };
}
