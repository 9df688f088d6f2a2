import type { FastifyInstance } from 'fastify';
import type { RouteContext } from '../dependencies.ts';
import { EVERY_ROLE } from '../principal.ts';
import { ref } from '../schemas/schema.ts';
import { summarySchema } from '../schemas/summary.ts';

export function summaryRoutes(app: FastifyInstance, { situation }: RouteContext): void {
  app.addSchema(summarySchema);
  app.get('/api/v1/summary', {
    config: { roles: EVERY_ROLE },
    schema: { summary: 'How the city stands, in numbers and in one sentence', tags: ['summary'], response: { 200: ref(summarySchema) } },
  }, () => situation.summary());
}
