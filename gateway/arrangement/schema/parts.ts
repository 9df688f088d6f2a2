/** Pieces that the schemas of both documents share. JSON Schema 2020-12 as literals, so that the types come from them. */
export const idSchema = { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$', description: 'An id: letters, digits, . _ : -, at most 64' } as const;
export const durationSchema = {
  type: 'string', pattern: '^[0-9]+(\\.[0-9]+)?(ms|s|m|min|h|d)$', description: 'A duration such as 500ms, 5s, 3min, 1h, 7d',
} as const;
export const localizedSchema = {
  description: 'A name: one text, or one each for zh and en',
  oneOf: [
    { type: 'string', minLength: 1 },
    { type: 'object', additionalProperties: false, required: ['zh', 'en'], properties: { zh: { type: 'string', minLength: 1 }, en: { type: 'string', minLength: 1 } } },
  ],
} as const;
export const nullableIdSchema = { type: ['string', 'null'], pattern: '^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$', description: 'An id, or null for none' } as const;
export const positionSchema = {
  type: 'object', additionalProperties: false, required: ['lat', 'lon'], description: 'WGS 84 degrees',
  properties: { lat: { type: 'number', minimum: -90, maximum: 90 }, lon: { type: 'number', minimum: -180, maximum: 180 } },
} as const;
export const clockTimeSchema = { type: 'string', pattern: '^([01][0-9]|2[0-4]):[0-5][0-9]$', description: 'A time of day such as 08:00' } as const;
export const monthDaySchema = { type: 'string', pattern: '^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$', description: 'A month and day such as 06-01' } as const;
