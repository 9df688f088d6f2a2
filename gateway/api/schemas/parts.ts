/** Schemas of what several resources hold. */
import type { Evidence } from '../../model/evidence.ts';
import type { MetricResource } from '../../model/resource.ts';
import type { Verdict } from '../../model/state.ts';
import type { Bilingual } from '../../model/text.ts';
import { epochMs, named, nullable, number, object, scalar, text, word, type NamedSchema, type Schema } from './schema.ts';

export const bilingualSchema: NamedSchema<Bilingual> = named('Bilingual', object<Bilingual>(
  { zh: text('Chinese'), en: text('English') }, 'A text in both languages of the product'));

export const evidenceSchema: NamedSchema<Evidence> = named('Evidence', object<Evidence>({
  type: word(['heartbeat', 'link-heartbeat', 'via', 'report', 'status', 'will', 'silence', 'never-heard',
    'active-link', 'site-isolated', 'reading', 'mains', 'restored', 'neighbour', 'gateway-check'], 'What was seen'),
  at: epochMs('When it was seen'),
  value: scalar('What it said; for silence, its length in milliseconds'),
  source: text('Who saw it: a device, a link or the gateway'),
}, 'One fact that a verdict rests on'));

export const metricSchema: NamedSchema<MetricResource> = named('Metric', object<MetricResource>({
  value: number('The newest value'),
  at: epochMs('When it was observed'),
  quality: word(['ok', 'suspect'], 'A suspect value feeds no threshold and clears nothing'),
  unit: text('Unit of the value; empty for a bare count or ratio'),
}, 'The newest value of a metric'));

export const positionSchema: Schema<{ readonly lat: number; readonly lon: number } | null> = nullable(object<{ lat: number; lon: number }>(
  { lat: number('Degrees north, WGS 84'), lon: number('Degrees east, WGS 84') }, 'Where it stands'));

export const verdictSchema: Schema<Verdict> = nullable(word(
  ['gateway', 'link', 'site-power', 'device', 'sensor', 'customer-equipment'], 'Which of six a fault is put down to; null while nothing is wrong or nothing can be said'));
