/** One accepted record as points of the history. Pure: the same record always gives the same points, so that a group read twice can be told apart by its position alone. */
import { observedAt, parseHeartbeat } from '../model/heartbeat-payload.ts';
import type { HistoryQuery } from '../model/ports/history-store.ts';
import type { SpoolRecord } from '../model/spool-record.ts';
import type { WallTime } from '../model/time.ts';

export type SubjectType = HistoryQuery['subject']['type'];
export interface Point {
  readonly metric: string;
  readonly at: WallTime;
  readonly value: number;
  /** Time of receipt where it differs from `at` by more than a second, else null. */
  readonly receivedAt: WallTime | null;
  readonly suspect: boolean;
}
export interface RecordPoints {
  readonly subject: SubjectType;
  readonly id: string;
  readonly heartbeat: boolean;
  readonly points: readonly Point[];
}

/** 1 at the receipt of every accepted heartbeat, of devices and links. The gateway's own: a device's metric of that name says no more and is left out. */
export const HEARTBEAT_METRIC = 'heartbeat';
/** 1 or 0 for each `online` or `offline` of a device, by itself or by its Will. */
export const ONLINE_METRIC = 'online';
const RECEIPT_DIFFERS_MS = 1_000;

/** `missing` readings leave no point; suspect ones do, marked. A payload that no longer parses still proves that something was heard. */
export function pointsOf(record: SpoolRecord): RecordPoints {
  const { kind, id, receivedAt } = record;
  // The gateway's own points go to InfluxDB alone; here they would repeat what the timeline says.
  if (kind === 'p') return { subject: 'device', id, heartbeat: false, points: [] };
  if (kind === 's' || kind === 'w') {
    const value = Buffer.from(record.payload).toString('latin1').trim() === 'online' ? 1 : 0;
    return { subject: 'device', id, heartbeat: false, points: [{ metric: ONLINE_METRIC, at: receivedAt, value, receivedAt: null, suspect: false }] };
  }
  const points: Point[] = [{ metric: HEARTBEAT_METRIC, at: receivedAt, value: 1, receivedAt: null, suspect: false }];
  const parsed = parseHeartbeat(record.payload);
  if (parsed.type === 'heartbeat') {
    for (const sample of parsed.heartbeat.samples) {
      const at = observedAt(sample.ts, receivedAt);
      const received = Math.abs(at - receivedAt) > RECEIPT_DIFFERS_MS ? receivedAt : null;
      for (const [metric, value] of sample.metrics) {
        if (metric !== HEARTBEAT_METRIC) points.push({ metric, at, value, receivedAt: received, suspect: sample.suspect.includes(metric) });
      }
    }
  }
  return { subject: kind === 'l' ? 'link' : 'device', id, heartbeat: true, points };
}
