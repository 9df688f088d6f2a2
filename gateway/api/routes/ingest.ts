import type { FastifyInstance, FastifyReply } from 'fastify';
import { isId } from '../../model/ids.ts';
import { deviceHeartbeatTopic } from '../../model/topics.ts';
import type { RouteContext } from '../dependencies.ts';
import type { Role } from '../principal.ts';
import { notFound, Problem } from '../problem.ts';
import { idParams } from './nouns.ts';

const ROLES: readonly Role[] = ['administrator', 'radio-admin'];

/** Heartbeats over HTTP, for what cannot speak MQTT: the same door, the same commit before the answer. */
export function ingestRoutes(app: FastifyInstance, { receive }: RouteContext): void {
  void app.register((routes, _options, done) => {
    routes.removeAllContentTypeParsers();
    // Read by the one parser of heartbeats, so that what is wrong is said, counted and kept as over MQTT.
    routes.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, parsed) => { parsed(null, body); });
    routes.post<{ Params: { deviceId: string }; Body: Buffer | null }>('/api/v1/ingest/:deviceId', {
      config: { roles: ROLES },
      schema: { summary: 'One heartbeat; 204 means committed to disk', tags: ['ingest'], params: idParams('deviceId'), response: { 204: { type: 'null', description: 'Committed' } } },
    }, async (request, reply): Promise<FastifyReply> => {
      const { deviceId } = request.params;
      if (!isId(deviceId)) throw notFound('device', deviceId);
      const verdict = await receive({ topic: deviceHeartbeatTopic(deviceId), payload: request.body ?? Buffer.alloc(0), client: `http/${request.ip}`, will: false });
      switch (verdict.type) {
        case 'accepted': case 'duplicate': return reply.code(204).send();
        case 'refused':
          if (verdict.code === 'unknown-device') throw notFound('device', deviceId);
          throw new Problem(verdict.code === 'too-large' ? 'too-large' : 'invalid-request', `the heartbeat is refused (${verdict.code}); its first 64 KiB are in the quarantine`);
        case 'foreign': throw notFound('device', deviceId);
        case 'unavailable': throw new Problem('store-unavailable', 'nothing can be committed at the moment; send it again');
      }
    });
    done();
  });
}
