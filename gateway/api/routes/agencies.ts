import type { FastifyInstance } from 'fastify';
import type { Agency } from '../../arrangement/arrangement.ts';
import type { RouteContext } from '../dependencies.ts';
import { EVERY_ROLE } from '../principal.ts';
import { agencySchema, type AgencyResource } from '../schemas/people.ts';
import { nounRoutes } from './nouns.ts';

export function agencyRoutes(app: FastifyInstance, { arrangement }: RouteContext): void {
  const all = (): AgencyResource[] => [...arrangement().agencies.values()].map(agencyResource);
  nounRoutes(app, {
    plural: 'agencies', singular: 'agency', schema: agencySchema, roles: EVERY_ROLE,
    all, one: (id) => all().find((agency) => agency.id === id), idOf: (agency) => agency.id,
  });
}

function agencyResource({ id, kind, name }: Agency): AgencyResource {
  return { id, kind, name };
}
