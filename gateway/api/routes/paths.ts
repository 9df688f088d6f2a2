import type { FastifyInstance } from 'fastify';
import type { RouteContext } from '../dependencies.ts';
import { EVERY_ROLE } from '../principal.ts';
import { pathSchema } from '../schemas/site.ts';
import { nounRoutes } from './nouns.ts';

export function pathRoutes(app: FastifyInstance, { situation }: RouteContext): void {
  nounRoutes(app, {
    plural: 'paths', singular: 'path of a site', schema: pathSchema, roles: EVERY_ROLE, parameter: 'siteId',
    all: () => situation.paths(), one: (id) => situation.path(id), idOf: (path) => path.site,
  });
}
