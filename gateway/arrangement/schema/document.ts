/** The arrangement document as a whole, and its type. */
import type { FromSchema } from 'json-schema-to-ts';
import { durationSchema, idSchema } from './parts.ts';
import { agencySchema, contactSchema, policySchema, rosterSchema } from './people.ts';
import { causeSchema, deviceSchema, linkSchema, siteSchema } from './places.ts';

export const arrangementSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema', title: 'Lianqin arrangement', type: 'object', additionalProperties: false,
  required: ['timeZone', 'agencies', 'sites', 'links', 'devices'],
  properties: {
    timeZone: { type: 'string', minLength: 1, description: 'IANA name, such as Asia/Shanghai' },
    agencies: { type: 'array', items: agencySchema as typeof agencySchema }, contacts: { type: 'array', items: contactSchema as typeof contactSchema },
    rosters: { type: 'array', items: rosterSchema as typeof rosterSchema }, sites: { type: 'array', items: siteSchema as typeof siteSchema },
    links: { type: 'array', items: linkSchema as typeof linkSchema }, devices: { type: 'array', items: deviceSchema as typeof deviceSchema },
    causes: { type: 'array', items: causeSchema as typeof causeSchema }, policies: { type: 'array', items: policySchema as typeof policySchema },
    rules: {
      type: 'object', additionalProperties: false,
      properties: {
        resolveAfter: durationSchema as typeof durationSchema, failbackAfter: durationSchema as typeof durationSchema, holdTelling: durationSchema as typeof durationSchema,
        failoverStuckAfter: durationSchema as typeof durationSchema,
        flapping: {
          type: 'object', additionalProperties: false,
          properties: { transitions: { type: 'integer', minimum: 2, maximum: 100 }, within: durationSchema as typeof durationSchema, stable: durationSchema as typeof durationSchema },
        },
      },
    },
    adapters: { type: 'array', items: { type: 'object', additionalProperties: true } },
    means: { type: 'array', items: { type: 'object', additionalProperties: true } },
    drills: { type: 'array', items: { type: 'object', additionalProperties: true } },
    lastResort: idSchema as typeof idSchema,
    references: { type: 'object', description: 'Per carrier: addresses that show whether the centre itself reaches it', additionalProperties: { type: 'array', items: { type: 'string', pattern: '^(\\[[0-9A-Fa-f:]+\\]|[^\\s:/]+):[0-9]{1,5}$', description: 'host:port' } } },
  },
} as const;
export type ArrangementDocument = FromSchema<typeof arrangementSchema>;
