import type { FastifyInstance } from 'fastify';
import { docsPage, type OpenApiDocument } from '../docs-page.ts';
import { EVERY_ROLE } from '../principal.ts';

export function documentationRoutes(app: FastifyInstance): void {
  app.get('/api/openapi.json', { config: { roles: EVERY_ROLE }, schema: { hide: true } }, () => app.swagger());
  app.get('/api/docs', { config: { roles: EVERY_ROLE }, schema: { hide: true } },
    (_request, reply) => reply.type('text/html; charset=utf-8').send(docsPage(app.swagger() as unknown as OpenApiDocument)));
}
