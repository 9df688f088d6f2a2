/** Agencies, contacts, rosters and policies. */
import { clockTimeSchema, durationSchema, idSchema, localizedSchema } from './parts.ts';

export const agencySchema = {
  type: 'object', additionalProperties: false, required: ['id', 'kind', 'name'],
  properties: {
    id: idSchema as typeof idSchema,
    kind: { type: 'string', minLength: 1, description: 'carrier, tower-company, grid-company, emergency-bureau, water-bureau, radio-office, county, city, volunteer-team ...' },
    name: localizedSchema as typeof localizedSchema,
    roles: { type: 'array', items: { enum: ['leader', 'primary', 'secondary'] }, description: 'Slots of its roster' },
    shortName: localizedSchema as typeof localizedSchema,
    phone: { type: 'string', description: 'Duty telephone' },
  },
} as const;
export const contactSchema = {
  type: 'object', additionalProperties: false, required: ['id', 'agency', 'role'],
  properties: {
    id: idSchema as typeof idSchema, agency: idSchema as typeof idSchema, role: { type: 'string', minLength: 1 }, name: localizedSchema as typeof localizedSchema,
    drillable: { type: 'boolean', default: false, description: 'May be called in a drill' },
    methods: {
      type: 'array', description: 'In the order in which they are tried',
      items: {
        type: 'object', additionalProperties: false, required: ['kind', 'to'],
        properties: { kind: { type: 'string', minLength: 1 }, to: { type: 'string', minLength: 1 }, ridesOn: idSchema as typeof idSchema },
      },
    },
  },
} as const;
export const rosterSchema = {
  type: 'object', additionalProperties: false, required: ['agency', 'shifts'],
  properties: {
    agency: idSchema as typeof idSchema,
    shifts: {
      type: 'array',
      items: {
        type: 'object', additionalProperties: false, required: ['days', 'from', 'to'],
        properties: {
          days: { type: 'string', pattern: '^(mon|tue|wed|thu|fri|sat|sun)([-,](mon|tue|wed|thu|fri|sat|sun))*$', description: 'Such as mon-fri or sat,sun' },
          from: clockTimeSchema as typeof clockTimeSchema, to: clockTimeSchema as typeof clockTimeSchema, primary: idSchema as typeof idSchema, secondary: idSchema as typeof idSchema, leader: idSchema as typeof idSchema,
        },
      },
    },
    overrides: {
      type: 'array',
      items: {
        type: 'object', additionalProperties: false, required: ['from', 'to'],
        properties: { from: { type: 'string', minLength: 1 }, to: { type: 'string', minLength: 1 }, primary: idSchema as typeof idSchema, secondary: idSchema as typeof idSchema, leader: idSchema as typeof idSchema },
      },
    },
  },
} as const;
export const policySchema = {
  type: 'object', additionalProperties: false, required: ['steps'],
  properties: {
    kinds: { type: 'array', items: { type: 'string' } },
    severities: { type: 'array', items: { enum: ['red', 'orange', 'yellow', 'blue'] } },
    steps: {
      type: 'array',
      items: {
        type: 'object', additionalProperties: false, required: ['after', 'notify'],
        properties: {
          after: durationSchema as typeof durationSchema,
          notify: {
            type: 'array',
            items: {
              type: 'object', additionalProperties: false,
              properties: { agency: idSchema as typeof idSchema, slot: { enum: ['leader', 'primary', 'secondary'] }, contact: idSchema as typeof idSchema },
            },
          },
        },
      },
    },
  },
} as const;
