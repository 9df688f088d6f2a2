import type { FastifyInstance } from 'fastify';
import type { RouteContext } from '../dependencies.ts';
import { EVERY_ROLE } from '../principal.ts';
import { deviceSchema } from '../schemas/device.ts';
import { nounRoutes } from './nouns.ts';

export function deviceRoutes(app: FastifyInstance, { situation }: RouteContext): void {
  nounRoutes(app, {
    plural: 'devices', singular: 'device', schema: deviceSchema, roles: EVERY_ROLE,
    all: () => situation.devices(), one: (id) => situation.device(id), idOf: (device) => device.id,
  });
}
