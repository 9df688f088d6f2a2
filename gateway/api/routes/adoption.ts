import type { FastifyInstance } from 'fastify';
import type { RouteContext } from '../dependencies.ts';
import { EVERY_ROLE, type Role } from '../principal.ts';
import { Problem } from '../problem.ts';
import { deviceSchema } from '../schemas/device.ts';
import { ref } from '../schemas/schema.ts';
import { idParams } from './nouns.ts';

const ROLES: readonly Role[] = ['administrator', 'radio-admin'];

/** An unknown device that reports is taken into the arrangement in one step; what was adopted can be had as YAML for the file. */
export function adoptionRoutes(app: FastifyInstance, { adoption, situation }: RouteContext): void {
  app.post<{ Params: { id: string }; Body: unknown }>('/api/v1/devices/:id/adopt', {
    config: { roles: ROLES },
    schema: {
      summary: 'Takes a device into the arrangement', tags: ['devices'], params: idParams(),
      body: { type: 'object', description: 'As under `devices` of the arrangement: site and kind, and what else is known', required: ['site', 'kind'], additionalProperties: true },
      response: { 201: ref(deviceSchema) },
    },
  }, async (request, reply) => {
    const { id } = request.params;
    const outcome = await adoption.adopt({ ...request.body as object, id });
    if (outcome.type === 'refused') throw new Problem(outcome.conflict ? 'conflict' : 'invalid-request', outcome.because);
    const device = situation.device(id);
    if (device === undefined) throw new Problem('internal', `${id} was adopted and is not there`);
    return reply.code(201).send(device);
  });
  app.get('/api/v1/overlay', {
    config: { roles: EVERY_ROLE },
    schema: { summary: 'What was changed at run time, as YAML for the arrangement', tags: ['devices'], produces: ['application/yaml'], response: { 200: { type: 'string', description: 'YAML' } } },
  }, async (_request, reply) => reply.type('application/yaml; charset=utf-8').serializer((text: string) => text).send(adoption.yaml()));
}
