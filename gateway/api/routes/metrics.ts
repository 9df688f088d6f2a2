import type { FastifyInstance } from 'fastify';
import type { RouteContext } from '../dependencies.ts';
import { EVERY_ROLE } from '../principal.ts';
import { fromStore } from '../store-read.ts';

export function metricsRoutes(app: FastifyInstance, { metricsText, log }: RouteContext): void {
  app.get('/metrics', {
    config: { roles: EVERY_ROLE },
    schema: { summary: 'Counters for Prometheus', tags: ['operations'], produces: ['text/plain'], response: { 200: { type: 'string', description: 'Prometheus text format' } } },
  }, async (_request, reply) => {
    const { contentType, body } = await fromStore(log, 'counters', metricsText);
    return reply.type(contentType).send(body);
  });
}
