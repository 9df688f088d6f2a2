import type { FastifyInstance } from 'fastify';
import type { RouteContext } from '../dependencies.ts';
import { EVERY_ROLE } from '../principal.ts';
import { linkSchema } from '../schemas/link.ts';
import { nounRoutes } from './nouns.ts';

export function linkRoutes(app: FastifyInstance, { situation }: RouteContext): void {
  nounRoutes(app, {
    plural: 'links', singular: 'link', schema: linkSchema, roles: EVERY_ROLE,
    all: () => situation.links(), one: (id) => situation.link(id), idOf: (link) => link.id,
  });
}
