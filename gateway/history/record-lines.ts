/** An accepted record of the spool as lines of InfluxDB. */
import { observedAt, parseHeartbeat } from '../model/heartbeat-payload.ts';
import type { Sample } from '../model/heartbeat.ts';
import type { SpoolRecord } from '../model/spool-record.ts';
import type { Bearer, DeviceKind } from '../model/state.ts';
import type { WallTime } from '../model/time.ts';
import { encodeLine, seriesKey, type Tags } from './line-encoder.ts';
import { placeOf, type Measurement, type RetentionName } from './schema.ts';

/** What the arrangement says of whom a record speaks; undefined where it has left the arrangement. */
export interface SubjectFacts {
  device(id: string): { readonly site: string; readonly kind: DeviceKind; readonly model: string | null } | undefined;
  link(id: string): { readonly site: string; readonly carrier: string; readonly bearer: Bearer } | undefined;
}
export interface Line {
  readonly text: string;
  readonly retention: RetentionName;
}
const RECEIPT_DIFFERS_MS = 1_000;
/** Series whose last time is remembered; the oldest go first. */
const MAX_SERIES = 200_000;

/** Two values of one series in one millisecond would overwrite each other: the second moves to the next free one. */
export class FreeTimes {
  readonly #last = new Map<string, number>();
  next(key: string, at: number): number {
    const last = this.#last.get(key);
    // Late data stands where it belongs; only what would meet the last one moves.
    const free = last !== undefined && at === last ? last + 1 : at;
    this.#last.delete(key);
    this.#last.set(key, free);
    if (this.#last.size > MAX_SERIES) for (const oldest of this.#last.keys()) { this.#last.delete(oldest); break; }
    return free;
  }
}

/** Lines of one record. A record of the gateway's own (kind p) holds lines already. */
export function linesOf(record: SpoolRecord, facts: SubjectFacts, times: FreeTimes): readonly Line[] {
  if (record.kind === 'p') return ownLines(record);
  if (record.kind === 's' || record.kind === 'w') return [];
  const parsed = parseHeartbeat(record.payload);
  if (parsed.type === 'refused') return [];
  const subject = record.kind === 'l' ? linkSubject(record.id, facts) : deviceSubject(record.id, parsed.heartbeat.via, facts);
  const lines: Line[] = [];
  for (const sample of parsed.heartbeat.samples) sampleLines(sample, subject, record.receivedAt, times, lines);
  return lines;
}

/** `<retention> <line>\n` each. */
export function ownRecord(lines: readonly Line[]): string {
  return lines.map(({ retention, text }) => `${retention} ${text}`).join('\n');
}
function ownLines({ payload }: SpoolRecord): Line[] {
  return Buffer.from(payload).toString('utf8').split('\n').map((line) => {
    const space = line.indexOf(' ');
    return { retention: line.slice(0, space) === 'events' ? 'events' : 'raw', text: line.slice(space + 1) } as const;
  });
}

interface Subject { readonly kind: DeviceKind | 'link'; readonly tags: Tags }
function deviceSubject(id: string, via: string | null, facts: SubjectFacts): Subject {
  const device = facts.device(id);
  return {
    kind: device?.kind ?? 'other',
    tags: { device: id, site: device?.site, model: device?.model, asset: device?.model, carrier: via === null ? null : facts.link(via)?.carrier },
  };
}
function linkSubject(id: string, facts: SubjectFacts): Subject {
  const link = facts.link(id);
  return { kind: 'link', tags: { link: id, site: link?.site, carrier: link?.carrier, bearer: link?.bearer } };
}

function sampleLines(sample: Sample, { kind, tags }: Subject, receivedAt: WallTime, times: FreeTimes, lines: Line[]): void {
  const at = observedAt(sample.ts, receivedAt);
  const received_ms = Math.abs(at - receivedAt) > RECEIPT_DIFFERS_MS ? receivedAt : null;
  const together = new Map<Measurement, Record<string, number>>();
  const write = (measurement: Measurement, more: Tags, fields: Readonly<Record<string, number>>): void => {
    const key = seriesKey(measurement, { ...tags, ...more });
    const text = encodeLine(measurement, key, { ...fields, received_ms }, times.next(key, at));
    if (text !== null) lines.push({ text, retention: 'raw' });
  };
  for (const [metric, value] of sample.metrics) {
    // A doubtful value feeds no chart that a threshold is read from; it is kept beside, under its own name.
    if (sample.suspect.includes(metric)) {
      write('device_metric', { metric: `${metric}.suspect` }, { value });
      continue;
    }
    const { measurement, field } = placeOf(kind, metric);
    if (measurement === 'device_metric') write(measurement, { metric }, { value });
    else {
      const fields = together.get(measurement) ?? {};
      fields[field] = value;
      together.set(measurement, fields);
    }
  }
  for (const [measurement, fields] of together) write(measurement, {}, fields);
}
