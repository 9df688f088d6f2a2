/**
 * InfluxDB line protocol, by the schema table. What would inject a line, a tag or a field, or change a field's type, cannot be written: names come
 * from the table, tag values from the arrangement, and everything else is a number or an escaped string.
 * Format: InfluxDB 1.x, "Line protocol syntax"; timestamps are epoch milliseconds (`precision=ms`).
 */
import { MEASUREMENTS, type FieldType, type Measurement } from './schema.ts';

const TAG_VALUE = /^[A-Za-z0-9._:-]{1,64}$/;
const MAX_TEXT = 256;
const CONTROL = /\p{Cc}/gu;

export type Tags = Readonly<Record<string, string | null | undefined>>;
export type Fields = Readonly<Record<string, number | string | null | undefined>>;

/** The series that a line belongs to: two lines of one series and one time would overwrite each other. */
export function seriesKey(measurement: Measurement, tags: Tags): string {
  const { tags: names } = MEASUREMENTS[measurement];
  let key: string = measurement;
  for (const name of names) {
    const value = tags[name];
    if (value != null && value !== '') key += `,${name}=${tagValue(value)}`;
  }
  return key;
}

/** Null where no field has a value: there is no line without one. Values that do not fit their field are left out, never bent. */
export function encodeLine(measurement: Measurement, key: string, fields: Fields, at: number): string | null {
  const { fields: types } = MEASUREMENTS[measurement];
  let text = '';
  for (const [name, value] of Object.entries(fields)) {
    const type = Object.hasOwn(types, name) ? types[name] : undefined;
    const encoded = type === undefined || value == null ? null : encodeField(type, value);
    if (encoded !== null) text += `${text === '' ? '' : ','}${name}=${encoded}`;
  }
  return text === '' ? null : `${key} ${text} ${Math.round(at)}`;
}

function encodeField(type: FieldType, value: number | string): string | null {
  if (type === 'string') return `"${String(value).replaceAll(CONTROL, ' ').slice(0, MAX_TEXT).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  if (typeof value !== 'number' || !Number.isFinite(value)) return null;
  if (type === 'float') return String(value);
  const whole = Math.round(value);
  return Number.isSafeInteger(whole) ? `${whole}i` : null;
}

/** Ids of the arrangement pass as they are; of anything else only what cannot break a line is kept. */
function tagValue(value: string): string {
  return TAG_VALUE.test(value) ? value : value.replaceAll(/[^A-Za-z0-9._:-]/g, '_').slice(0, 64);
}
