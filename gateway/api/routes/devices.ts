import type { FastifyInstance } from 'fastify';
import type { GapResource } from '../../model/resource.ts';
import type { RouteContext } from '../dependencies.ts';
import { listSchema, type ListResource } from '../list.ts';
import { EVERY_ROLE } from '../principal.ts';
import { notFound } from '../problem.ts';
import { deviceSchema, gapSchema } from '../schemas/device.ts';
import { ref } from '../schemas/schema.ts';
import { idParams, nounRoutes } from './nouns.ts';

export function deviceRoutes(app: FastifyInstance, { situation }: RouteContext): void {
  nounRoutes(app, {
    plural: 'devices', singular: 'device', schema: deviceSchema, roles: EVERY_ROLE,
    all: () => situation.devices(), one: (id) => situation.device(id), idOf: (device) => device.id,
  });
  const lists = listSchema(gapSchema);
  app.addSchema(gapSchema).addSchema(lists);
  app.get<{ Params: { id: string } }>('/api/v1/devices/:id/gaps', {
    config: { roles: EVERY_ROLE },
    schema: { summary: 'What should have come of a device and what did, hour by hour, of the last two days', tags: ['devices'], params: idParams(), response: { 200: ref(lists) } },
  }, (request): ListResource<GapResource> => {
    const items = situation.gaps(request.params.id);
    if (items === undefined) throw notFound('device', request.params.id);
    return { items, next: null };
  });
}
