/** The one catalogue of why a message is not taken. Codes are counted, shown in /metrics, and never reused for another meaning. */
export const REFUSAL_CODES = [
  'not-json', 'not-an-object', 'too-large', 'bad-metric-name', 'bad-metric-value', 'too-many-metrics', 'too-many-samples',
  'bad-time', 'bad-seq', 'bad-boot', 'bad-via', 'bad-links', 'bad-position', 'bad-status', 'unknown-device', 'unknown-link', 'invalid-utf8', 'bad-samples', 'bad-quality',
  // Not the door's: points that InfluxDB will never take. Their records were accepted, and are in the embedded history.
  'influx-refused', 'influx-late',
] as const;
export type RefusalCode = (typeof REFUSAL_CODES)[number];
export interface Refusal {
  readonly code: RefusalCode;
  /** One line: field, value, what is expected. */
  readonly detail: string;
}
