import type { FastifyInstance } from 'fastify';
import type { RouteContext } from '../dependencies.ts';
import { EVERY_ROLE } from '../principal.ts';
import { siteSchema } from '../schemas/site.ts';
import { nounRoutes } from './nouns.ts';

export function siteRoutes(app: FastifyInstance, { situation }: RouteContext): void {
  nounRoutes(app, {
    plural: 'sites', singular: 'site', schema: siteSchema, roles: EVERY_ROLE,
    all: () => situation.sites(), one: (id) => situation.site(id), idOf: (site) => site.id,
  });
}
