/** Schemas of what the journal and the history hold. */
import { REFUSAL_CODES, type RefusalCode } from '../../model/refusal.ts';
import type { Bilingual } from '../../model/text.ts';
import type { TimelineType } from '../../model/timeline.ts';
import { bilingualSchema } from './parts.ts';
import { count, epochMs, flag, id, list, named, nullable, object, pair, record, ref, scalar, text, word, type NamedSchema } from './schema.ts';

export interface TimelineResource {
  readonly seq: number;
  readonly at: number;
  readonly type: TimelineType;
  readonly alert: string | null;
  readonly by: string | null;
  readonly text: Bilingual;
  readonly detail: Readonly<Record<string, string | number | boolean | null>>;
  readonly hash: string;
}
export interface QuarantineResource {
  readonly id: number;
  readonly at: number;
  readonly topic: string;
  readonly client: string;
  readonly code: RefusalCode;
  readonly detail: string;
  readonly payloadBytes: number;
  /** The whole payload in a single row's answer, its first 256 bytes in a list; base64, since it may be anything. */
  readonly payload: string;
}
/** One of `device` and `link` is set, the other null. */
export interface HistoryResource {
  readonly device: string | null;
  readonly link: string | null;
  readonly metric: string;
  readonly unit: string;
  readonly from: number;
  readonly to: number;
  readonly stepMs: number | null;
  readonly points: readonly (readonly [number, number])[];
  readonly truncated: boolean;
}
export interface HistoryMetricResource { readonly metric: string; readonly unit: string }

export const timelineSchema: NamedSchema<TimelineResource> = named('TimelineEntry', object<TimelineResource>({
  seq: count('Contiguous over the whole timeline'),
  at: epochMs('When'),
  type: word(['started', 'stopped', 'stood-still', 'clock-stepped', 'reloaded', 'device-adopted', 'credential-issued', 'credential-rotated', 'credential-revoked', 'raised', 'told', 'folded', 'unfolded',
    'superseded', 'worsened', 'improved', 'resolved', 'evidence'], 'What happened'),
  alert: nullable(id('The alert concerned')),
  by: nullable(text('Who did it')),
  text: ref(bilingualSchema),
  detail: record(scalar('Particular'), 'Machine-readable particulars'),
  hash: text('SHA-256 over the entry and the hash before it'),
}, 'One entry of the append-only timeline'));

export const quarantineSchema: NamedSchema<QuarantineResource> = named('QuarantineEntry', object<QuarantineResource>({
  id: count('Row'),
  at: epochMs('Received'),
  topic: text('Topic'),
  client: text('MQTT client id'),
  code: word(REFUSAL_CODES, 'Why it was refused'),
  detail: text('Field, value and what is expected'),
  payloadBytes: count('Length of the payload'),
  payload: text('base64; in a list its first 256 bytes'),
}, 'A message that was refused'));

export const historySchema: NamedSchema<HistoryResource> = named('History', object<HistoryResource>({
  device: nullable(id('The device')),
  link: nullable(id('The link')),
  metric: text('Metric'),
  unit: text('Its unit'),
  from: epochMs('Begin, included'),
  to: epochMs('End, excluded'),
  stepMs: nullable(count('Length of a step, ms; null: raw points')),
  points: list(pair('[epoch ms, value]'), 'Oldest first'),
  truncated: flag('There are more points than `limit`'),
}, 'Points of one metric'));

export const historyMetricSchema: NamedSchema<HistoryMetricResource> = named('HistoryMetric', object<HistoryMetricResource>(
  { metric: text('Metric'), unit: text('Its unit') }, 'A metric that has been stored'));
