/** Sites, links, devices and shared causes. */
import { durationSchema, idSchema, localizedSchema, monthDaySchema, nullableIdSchema, positionSchema } from './parts.ts';

export const siteSchema = {
  type: 'object', additionalProperties: false, required: ['id', 'kind', 'name'],
  properties: {
    id: idSchema as typeof idSchema,
    kind: { type: 'string', minLength: 1, description: 'command-centre, 120-centre, flood-depot, hydrology-station, repeater-hill ...' },
    name: localizedSchema as typeof localizedSchema,
    shortName: { type: 'string', minLength: 1, maxLength: 7, description: 'At most 7 characters, for messages; the Chinese name where that is short enough' },
    parent: nullableIdSchema as typeof nullableIdSchema,
    reachedThrough: nullableIdSchema as typeof nullableIdSchema,
    county: { type: 'string', minLength: 1 }, catchment: { type: 'string', minLength: 1 }, position: positionSchema as typeof positionSchema,
    responsible: idSchema as typeof idSchema, power: idSchema as typeof idSchema,
    keeper: { type: 'object', additionalProperties: false, properties: { name: { type: 'string' }, phone: { type: 'string' }, contact: idSchema as typeof idSchema } },
    roadAccess: { type: 'string', description: 'How to get there when the usual road is cut' },
    failbackAfter: durationSchema as typeof durationSchema, resolveAfter: durationSchema as typeof durationSchema, failoverOnDegraded: { type: 'boolean', default: false },
  },
} as const;
export const linkSchema = {
  type: 'object', additionalProperties: false, required: ['id', 'site', 'carrier', 'bearer', 'priority'],
  properties: {
    id: idSchema as typeof idSchema, site: idSchema as typeof idSchema, carrier: idSchema as typeof idSchema,
    bearer: { enum: ['fibre', '5g', '4g', 'satellite', 'microwave', 'hf', 'vhf', 'mesh'] },
    priority: { type: 'integer', minimum: 1, description: '1 is preferred' }, name: localizedSchema as typeof localizedSchema,
    interval: durationSchema as typeof durationSchema, misses: { type: 'integer', minimum: 1, maximum: 100 }, recover: { type: 'integer', minimum: 1, maximum: 100 },
    circuit: { type: 'string', minLength: 1 }, faultPhone: { type: 'string', minLength: 1 }, causes: { type: 'array', items: idSchema as typeof idSchema },
  },
} as const;
const stepSchema = {
  type: 'object', additionalProperties: false, required: ['by', 'per'],
  properties: { by: { type: 'number', exclusiveMinimum: 0 }, per: durationSchema as typeof durationSchema },
} as const;
export const thresholdSchema = {
  type: 'object', additionalProperties: false, required: ['metric', 'name', 'severity'],
  properties: {
    metric: { type: 'string', pattern: '^[a-z][a-z0-9_]{0,63}$' }, above: { type: 'number' }, below: { type: 'number' }, clear: { type: 'number' },
    name: localizedSchema as typeof localizedSchema, severity: { enum: ['red', 'orange', 'yellow', 'blue'] },
  },
} as const;
export const deviceSchema = {
  type: 'object', additionalProperties: false, required: ['id', 'site', 'kind'],
  properties: {
    id: idSchema as typeof idSchema, site: idSchema as typeof idSchema,
    kind: { enum: ['radio', 'repeater', 'flood-sensor', 'depot-equipment', 'ups', 'vehicle', 'link-agent', 'other'] },
    name: localizedSchema as typeof localizedSchema, model: { type: 'string' },
    interval: durationSchema as typeof durationSchema, misses: { type: 'integer', minimum: 1, maximum: 100 }, recover: { type: 'integer', minimum: 1, maximum: 100 },
    address: { type: 'string', minLength: 1 }, presence: { enum: ['fixed', 'duty', 'portable'] },
    plausible: {
      type: 'object', description: 'Per metric: [min, max], or min, max and the largest believable steps',
      additionalProperties: {
        oneOf: [
          { type: 'array', items: { type: 'number' }, minItems: 2, maxItems: 2 },
          {
            type: 'object', additionalProperties: false, required: ['min', 'max'],
            properties: { min: { type: 'number' }, max: { type: 'number' }, maxStep: { type: 'array', items: stepSchema as typeof stepSchema } },
          },
        ],
      },
    },
    maxStep: { type: 'object', description: 'Per metric: the largest believable steps', additionalProperties: { type: 'array', items: stepSchema as typeof stepSchema } },
    thresholds: { type: 'array', items: thresholdSchema as typeof thresholdSchema },
    moves: {
      type: 'object', description: 'Per metric: by how much it moves within what time, when it is in season; else the sensor is stuck',
      additionalProperties: {
        type: 'object', additionalProperties: false, required: ['by', 'within'],
        properties: {
          by: { type: 'number', exclusiveMinimum: 0 }, within: durationSchema as typeof durationSchema,
          season: { type: 'object', additionalProperties: false, required: ['from', 'to'], properties: { from: monthDaySchema as typeof monthDaySchema, to: monthDaySchema as typeof monthDaySchema } },
        },
      },
    },
    mainsMetric: { type: ['string', 'null'], description: 'A metric that is 0 while mains power is lost' },
  },
} as const;
export const causeSchema = {
  type: 'object', additionalProperties: false, required: ['id', 'kind', 'name'],
  properties: { id: idSchema as typeof idSchema, kind: { type: 'string', minLength: 1 }, name: localizedSchema as typeof localizedSchema },
} as const;
