import type { FastifyInstance } from 'fastify';
import type { StoredQuarantineEntry } from '../../model/ports/journal.ts';
import type { RouteContext } from '../dependencies.ts';
import { encodeCursor, listQuerySchema, listSchema, numberCursor, type ListQuery, type ListResource } from '../list.ts';
import type { Role } from '../principal.ts';
import { notFound } from '../problem.ts';
import { quarantineSchema, type QuarantineResource } from '../schemas/record.ts';
import { ref } from '../schemas/schema.ts';
import { fromStore } from '../store-read.ts';
import { idParams } from './nouns.ts';

/** Payloads may hold anything, so that only those see them who look after devices. */
const ROLES: readonly Role[] = ['administrator', 'radio-admin'];
const LIST_PAYLOAD_BYTES = 256;

export function quarantineRoutes(app: FastifyInstance, { journal, log }: RouteContext): void {
  const lists = listSchema(quarantineSchema);
  app.addSchema(quarantineSchema).addSchema(lists);
  app.get<{ Querystring: ListQuery }>('/api/v1/quarantine', {
    config: { roles: ROLES },
    schema: { summary: 'Messages that were refused, newest first', tags: ['quarantine'], querystring: listQuerySchema, response: { 200: ref(lists) } },
  }, async (request): Promise<ListResource<QuarantineResource>> => {
    const { limit, cursor } = request.query;
    const before = numberCursor(cursor);
    const entries = await fromStore(log, 'quarantine', () => journal.readQuarantine({ ...(before === undefined ? {} : { before }), limit: limit + 1 }));
    const items = entries.slice(0, limit);
    const last = items.at(-1);
    return {
      items: items.map((entry) => quarantineResource(entry, LIST_PAYLOAD_BYTES)),
      next: entries.length > limit && last !== undefined ? encodeCursor(String(last.id)) : null,
    };
  });
  app.get<{ Params: { id: string } }>('/api/v1/quarantine/:id', {
    config: { roles: ROLES },
    schema: { summary: 'One refused message with its payload', tags: ['quarantine'], params: idParams(), response: { 200: ref(quarantineSchema) } },
  }, async (request): Promise<QuarantineResource> => {
    const { id } = request.params;
    if (!/^\d{1,15}$/.test(id)) throw notFound('quarantine entry', id);
    const [entry] = await fromStore(log, 'quarantine', () => journal.readQuarantine({ before: Number(id) + 1, limit: 1 }));
    if (entry?.id !== Number(id)) throw notFound('quarantine entry', id);
    return quarantineResource(entry, entry.payload.length);
  });
}

function quarantineResource({ id, at, topic, client, code, detail, payload }: StoredQuarantineEntry, bytes: number): QuarantineResource {
  return { id, at, topic, client, code, detail, payloadBytes: payload.length, payload: Buffer.from(payload.subarray(0, bytes)).toString('base64') };
}
