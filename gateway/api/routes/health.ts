import type { FastifyInstance } from 'fastify';
import type { RouteContext } from '../dependencies.ts';
import { EVERY_ROLE } from '../principal.ts';
import { Problem } from '../problem.ts';
import { aliveSchema, readySchema, type AliveDocument, type ReadyDocument } from '../schemas/problem.ts';
import { ref } from '../schemas/schema.ts';

export function healthRoutes(app: FastifyInstance, { health }: RouteContext): void {
  app.addSchema(aliveSchema).addSchema(readySchema);
  app.get('/healthz', {
    config: { roles: EVERY_ROLE },
    schema: { summary: 'The process is alive', tags: ['operations'], response: { 200: ref(aliveSchema) } },
  }, (): AliveDocument => ({ alive: true }));
  app.get('/readyz', {
    config: { roles: EVERY_ROLE },
    schema: { summary: 'Journal, broker and history are usable; 503 says which is not', tags: ['operations'], response: { 200: ref(readySchema) } },
  }, (): ReadyDocument => {
    const { checks } = health();
    const failing = checks.filter((check) => !check.ok);
    if (failing.length > 0) {
      throw new Problem('not-ready', failing.map(({ name, because }) => `${name}: ${because ?? 'not usable'}`).join('; '), { checks });
    }
    return { ready: true, checks };
  });
}
