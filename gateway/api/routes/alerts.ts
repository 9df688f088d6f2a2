import type { FastifyInstance } from 'fastify';
import type { StoredTimelineEntry } from '../../model/ports/journal.ts';
import type { RouteContext } from '../dependencies.ts';
import { cursorSchema, encodeCursor, limitSchema, listQuerySchema, listSchema, numberCursor, type ListQuery, type ListResource } from '../list.ts';
import { EVERY_ROLE } from '../principal.ts';
import { notFound } from '../problem.ts';
import { alertSchema } from '../schemas/alert.ts';
import { timelineSchema, type TimelineResource } from '../schemas/record.ts';
import { object, ref, word, type Schema } from '../schemas/schema.ts';
import { fromStore } from '../store-read.ts';
import { idParams, nounRoutes } from './nouns.ts';

interface AlertsQuery extends ListQuery { readonly phase: 'open' | 'all' }
const alertsQuerySchema: Schema<AlertsQuery> = object<AlertsQuery>({
  phase: { ...word(['open', 'all'], 'all adds the resolved ones that are still held'), default: 'open' }, limit: limitSchema, cursor: cursorSchema,
}, 'Which alerts', ['phase', 'limit', 'cursor']);

export function alertRoutes(app: FastifyInstance, { situation, journal, log }: RouteContext): void {
  nounRoutes(app, {
    plural: 'alerts', singular: 'alert', schema: alertSchema, roles: EVERY_ROLE, query: alertsQuerySchema,
    all: (_principal, query) => situation.alerts(query['phase'] === 'all' ? 'all' : 'open'),
    one: (id) => situation.alert(id),
    idOf: (alert) => alert.id,
  });
  const lists = listSchema(timelineSchema);
  app.addSchema(timelineSchema).addSchema(lists);
  app.get<{ Params: { id: string }; Querystring: ListQuery }>('/api/v1/alerts/:id/timeline', {
    config: { roles: EVERY_ROLE },
    schema: { summary: 'What happened around an alert, oldest first', tags: ['alerts'], params: idParams(), querystring: listQuerySchema, response: { 200: ref(lists) } },
  }, async (request): Promise<ListResource<TimelineResource>> => {
    const { id } = request.params;
    const { limit, cursor } = request.query;
    const after = numberCursor(cursor) ?? 0;
    const entries = await fromStore(log, 'timeline', () => journal.readTimeline({ alert: id, after, limit: limit + 1 }));
    if (entries.length === 0 && situation.alert(id) === undefined && after === 0) throw notFound('alert', id);
    const items = entries.slice(0, limit);
    const last = items.at(-1);
    return { items: items.map(timelineResource), next: entries.length > limit && last !== undefined ? encodeCursor(String(last.seq)) : null };
  });
}

function timelineResource({ seq, at, type, alert, by, text, detail, hash }: StoredTimelineEntry): TimelineResource {
  return { seq, at, type, alert, by, text, detail, hash };
}
