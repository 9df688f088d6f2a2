import type { FastifyInstance } from 'fastify';
import type { Contact } from '../../arrangement/arrangement.ts';
import type { RouteContext } from '../dependencies.ts';
import { EVERY_ROLE, type Role } from '../principal.ts';
import { contactSchema, type ContactResource } from '../schemas/people.ts';
import { nounRoutes } from './nouns.ts';

export function contactRoutes(app: FastifyInstance, { arrangement }: RouteContext): void {
  nounRoutes(app, {
    plural: 'contacts', singular: 'contact', schema: contactSchema, roles: EVERY_ROLE,
    all: ({ role }) => [...arrangement().contacts.values()].map((contact) => contactResource(contact, role)),
    one: (id, { role }) => {
      const found = [...arrangement().contacts.values()].find((contact) => contact.id === id);
      return found === undefined ? undefined : contactResource(found, role);
    },
    idOf: (contact) => contact.id,
  });
}

/** A contact as `role` may see it: a viewer sees that a number exists, not which. */
export function contactResource({ id, agency, role: slot, name, drillable, methods }: Contact, role: Role): ContactResource {
  return {
    id, agency, role: slot, name, drillable,
    methods: methods.map(({ kind, to, ridesOn }) => ({ kind, to: role === 'viewer' ? mask(to) : to, ridesOn })),
  };
}

/** `+8613812345678` -> `+86*********78`, `duty@example.cn` -> `d***@example.cn`. */
function mask(to: string): string {
  const at = to.indexOf('@');
  if (at > 0) return `${to.slice(0, 1)}***${to.slice(at)}`;
  if (to.length <= 6) return '*'.repeat(to.length);
  return `${to.slice(0, 3)}${'*'.repeat(to.length - 5)}${to.slice(-2)}`;
}
