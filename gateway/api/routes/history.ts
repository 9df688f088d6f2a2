import type { FastifyInstance } from 'fastify';
import type { HistoryQuery } from '../../model/ports/history-store.ts';
import { METRIC_NAME, unitOf } from '../../model/metrics.ts';
import { millis, wallTime, type Millis, type WallTime } from '../../model/time.ts';
import type { RouteContext } from '../dependencies.ts';
import { listSchema, type ListResource } from '../list.ts';
import { EVERY_ROLE } from '../principal.ts';
import { badParameter, notFound } from '../problem.ts';
import { historyMetricSchema, historySchema, type HistoryMetricResource, type HistoryResource } from '../schemas/record.ts';
import { object, ref, type Schema } from '../schemas/schema.ts';
import { fromStore } from '../store-read.ts';

interface SubjectQuery { readonly device?: string; readonly link?: string }
interface HistoryRequest extends SubjectQuery {
  readonly metric: string;
  readonly from?: string;
  readonly to?: string;
  readonly step?: string;
  readonly limit: number;
}
const DAY = 86_400_000;
const MAX_STEP_DAYS = 400;
const MAX_POINTS = 100_000;
const MIN_STEP_MS = 1000;
const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: DAY } as const;

const subject = {
  device: { type: 'string', maxLength: 64, description: 'The device; exactly one of device and link' },
  link: { type: 'string', maxLength: 64, description: 'The link; exactly one of device and link' },
} as const;
const time = (description: string): Schema<string> => ({ type: 'string', maxLength: 40, description: `${description}; ISO 8601 with offset, or epoch ms`, examples: ['2026-11-24T03:00:00+08:00'] });

const historyQuerySchema: Schema<HistoryRequest> = object<HistoryRequest>({
  ...subject,
  metric: { type: 'string', pattern: METRIC_NAME.source, description: 'The metric', examples: ['water_level_m'] },
  from: time('Begin, included; a day before `to` by default'),
  to: time('End, excluded; now by default'),
  step: { type: 'string', pattern: '^[1-9]\\d{0,5}[smhd]$', description: 'Averages over steps such as 30s, 5m, 1h; without it raw points', examples: ['5m'] },
  limit: { type: 'integer', minimum: 1, maximum: MAX_POINTS, default: 20_000, description: 'How many points at most' },
}, 'Which points', ['device', 'link', 'from', 'to', 'step', 'limit']);
const metricsQuerySchema: Schema<SubjectQuery> = object<SubjectQuery>(subject, 'Of which', ['device', 'link']);

export function historyRoutes(app: FastifyInstance, { history, situation, clock, log }: RouteContext): void {
  const metricLists = listSchema(historyMetricSchema);
  app.addSchema(historySchema).addSchema(historyMetricSchema).addSchema(metricLists);

  async function known(asked: HistoryQuery['subject']): Promise<void> {
    const there = asked.type === 'device' ? situation.device(asked.id) : situation.link(asked.id);
    // What left the arrangement keeps its history.
    if (there === undefined && (await fromStore(log, 'history', () => history.metrics(asked))).length === 0) throw notFound(asked.type, asked.id);
  }

  app.get<{ Querystring: HistoryRequest }>('/api/v1/history', {
    config: { roles: EVERY_ROLE },
    schema: { summary: 'Points of one metric of a device or a link', tags: ['history'], querystring: historyQuerySchema, response: { 200: ref(historySchema) } },
  }, async (request): Promise<HistoryResource> => {
    const asked = subjectOf(request.query);
    const { metric, limit } = request.query;
    const to = request.query.to === undefined ? clock.now().wall : timeOf('to', request.query.to);
    const from = request.query.from === undefined ? wallTime(to - DAY) : timeOf('from', request.query.from);
    if (from >= to) throw badParameter('from', request.query.from ?? from, 'a time before `to`');
    const step = request.query.step === undefined ? null : stepOf(request.query.step);
    await known(asked);
    const series = await fromStore(log, 'history', () => history.query({ subject: asked, metric, from, to, step, limit }));
    return {
      device: asked.type === 'device' ? asked.id : null,
      link: asked.type === 'link' ? asked.id : null,
      metric, unit: unitOf(metric), from, to, stepMs: step, points: series.points, truncated: series.truncated,
    };
  });

  app.get<{ Querystring: SubjectQuery }>('/api/v1/history/metrics', {
    config: { roles: EVERY_ROLE },
    schema: { summary: 'Metrics ever stored of a device or a link', tags: ['history'], querystring: metricsQuerySchema, response: { 200: ref(metricLists) } },
  }, async (request): Promise<ListResource<HistoryMetricResource>> => {
    const asked = subjectOf(request.query);
    await known(asked);
    const names = await fromStore(log, 'history', () => history.metrics(asked));
    return { items: names.map((metric) => ({ metric, unit: unitOf(metric) })), next: null };
  });
}

function subjectOf({ device, link }: SubjectQuery): HistoryQuery['subject'] {
  if (device !== undefined && link !== undefined) throw badParameter('link', link, 'exactly one of device and link');
  if (device !== undefined) return { type: 'device', id: device };
  if (link !== undefined) return { type: 'link', id: link };
  throw badParameter('device', null, 'exactly one of device and link');
}

/** Epoch ms, or ISO 8601 with an offset: without one the same text would mean different times on different machines. */
function timeOf(field: string, given: string): WallTime {
  // A plus sign that was not escaped arrives as a space.
  const text = given.replace(/ (\d\d:\d\d)$/, '+$1');
  const at = /^\d{1,16}$/.test(text) ? Number(text)
    : /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isSafeInteger(at)) throw badParameter(field, given, 'ISO 8601 with offset such as 2026-11-24T03:00:00+08:00, or epoch milliseconds');
  return wallTime(at);
}

function stepOf(given: string): Millis {
  const unit = given.slice(-1) as keyof typeof UNIT_MS;
  const step = Number(given.slice(0, -1)) * UNIT_MS[unit];
  if (step < MIN_STEP_MS || step > MAX_STEP_DAYS * DAY) throw badParameter('step', given, `a step between 1s and ${MAX_STEP_DAYS}d`);
  return millis(step);
}
