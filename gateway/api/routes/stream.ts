import type { FastifyInstance } from 'fastify';
import type { ChangeType } from '../../model/ports/situation.ts';
import { seconds } from '../../model/time.ts';
import type { RouteContext } from '../dependencies.ts';
import { EVERY_ROLE } from '../principal.ts';
import { badParameter, Problem } from '../problem.ts';
import { object, type Schema } from '../schemas/schema.ts';

interface StreamQuery {
  readonly types?: string;
  readonly after?: string;
  readonly beat: number;
}
const TYPES: readonly ChangeType[] = ['device', 'link', 'path', 'alert'];

const streamQuerySchema: Schema<StreamQuery> = object<StreamQuery>({
  types: { type: 'string', maxLength: 100, description: `Some of ${TYPES.join(',')}, separated by commas; all by default`, examples: ['path,alert'] },
  after: { type: 'string', maxLength: 100, description: 'Position to resume behind, for readers that cannot send Last-Event-ID' },
  beat: { type: 'integer', minimum: 1, maximum: 60, default: 15, description: 'Seconds between two signs of life' },
}, 'What to follow', ['types', 'after', 'beat']);

export function streamRoutes(app: FastifyInstance, { readers }: RouteContext): void {
  app.get<{ Querystring: StreamQuery; Headers: { 'last-event-id'?: string } }>('/api/v1/stream', {
    exposeHeadRoute: false,
    config: { roles: EVERY_ROLE },
    schema: {
      summary: 'Changes as server-sent events: device, link, path, alert; snapshot, live, beat',
      tags: ['stream'], produces: ['text/event-stream'], querystring: streamQuerySchema,
      response: { 200: { type: 'string', description: 'Server-sent events; see docs/http.md' } },
    },
  }, (request, reply) => {
    const types = typesOf(request.query.types);
    if (readers.full) throw new Problem('too-many-readers', 'too many readers of the event stream are connected already');
    const after = request.headers['last-event-id'] || request.query.after || null;
    reply.hijack();
    request.raw.setTimeout(0);
    reply.raw.writeHead(200, {
      ...(reply.getHeaders() as Readonly<Record<string, string>>),
      'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', 'x-accel-buffering': 'no',
    });
    readers.add(reply.raw, { after, types, beat: seconds(request.query.beat) });
  });
}

function typesOf(given: string | undefined): ReadonlySet<ChangeType> {
  if (given === undefined) return new Set(TYPES);
  const types = given.split(',') as ChangeType[];
  if (!types.every((type) => TYPES.includes(type))) throw badParameter('types', given, `some of ${TYPES.join(', ')}, separated by commas`);
  return new Set(types);
}
