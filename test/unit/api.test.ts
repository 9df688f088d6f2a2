import { Ajv2020 } from 'ajv/dist/2020.js';
import type { FastifyInstance } from 'fastify';
import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { ApiDependencies } from '../../gateway/api/dependencies.ts';
import { loopbackPrincipal, ROLES, type Role } from '../../gateway/api/principal.ts';
import { buildApi, openApi } from '../../gateway/api/server.ts';
import { wallTime } from '../../gateway/model/time.ts';
import { failOver } from '../support/fake-city.ts';
import { fakeApi, NOW, quarantineEntry, timelineEntry, type FakeApi } from '../support/fake-api.ts';
import { FakeFeed } from '../support/fake-feed.ts';
import { until } from '../support/command-process.ts';

interface Bench extends FakeApi, AsyncDisposable {
  readonly app: FastifyInstance;
  get(url: string, headers?: Record<string, string>): Promise<{ status: number; type: string; body: Record<string, unknown>; text: string }>;
}
function bench(overrides: Partial<ApiDependencies> = {}): Bench {
  const fake = fakeApi(overrides);
  const { app } = buildApi(fake.dependencies);
  return {
    ...fake, app,
    get: async (url, headers = {}) => {
      const response = await app.inject({ url, headers: { host: 'localhost:8080', ...headers } });
      const type = String(response.headers['content-type'] ?? '');
      return { status: response.statusCode, type, text: response.body, body: type.includes('json') ? response.json<Record<string, unknown>>() : {} };
    },
    [Symbol.asyncDispose]: async () => { await app.close(); },
  };
}
const LISTS = ['sites', 'links', 'devices', 'paths', 'alerts', 'contacts', 'agencies', 'quarantine'];

describe('the OpenAPI document', () => {
  it('describes what the routes really answer: every list and every object fits its own schema', async () => {
    await using api = bench();
    failOver(api.situation, NOW);
    api.stores.quarantine.push(quarantineEntry(1));
    const document = (await api.get('/api/openapi.json')).body as { openapi: string; paths: Record<string, { get?: { responses: Record<string, { content: Record<string, { schema: object }> }>; 'x-roles': string[] } }>; components: { schemas: Record<string, object> } };
    expect(document.openapi).toBe('3.1.0');
    const ajv = new Ajv2020({ strict: false, allErrors: true });
    ajv.addSchema({ $id: 'api', components: document.components });
    const schemaOf = (path: string): object => {
      const schema = document.paths[path]?.get?.responses['200']?.content['application/json']?.schema ?? {};
      return JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"api#/components')) as object;
    };
    for (const noun of LISTS) {
      const list = await api.get(`/api/v1/${noun}`);
      expect(list.status, noun).toBe(200);
      expect(ajv.validate(schemaOf(`/api/v1/${noun}`), list.body), `${noun}: ${ajv.errorsText()}`).toBe(true);
      const [first] = list.body['items'] as Record<string, unknown>[];
      expect(first, noun).toBeDefined();
      const id = noun === 'paths' ? first?.['site'] : first?.['id'];
      const one = await api.get(`/api/v1/${noun}/${String(id)}`);
      expect(one.status, noun).toBe(200);
      expect(ajv.validate(schemaOf(`/api/v1/${noun}/{${noun === 'paths' ? 'siteId' : 'id'}}`), one.body), `${noun}/{id}: ${ajv.errorsText()}`).toBe(true);
    }
    const summary = await api.get('/api/v1/summary');
    expect(ajv.validate(schemaOf('/api/v1/summary'), summary.body), ajv.errorsText()).toBe(true);
  });

  it('names the roles of every path', async () => {
    await using api = bench();
    const { paths } = (await api.get('/api/openapi.json')).body as { paths: Record<string, Record<string, { 'x-roles'?: string[] }>> };
    for (const [path, methods] of Object.entries(paths)) for (const route of Object.values(methods)) expect(route['x-roles']?.length ?? 0, path).toBeGreaterThan(0);
  });
});

describe('who may ask', () => {
  it.each(ROLES)('%s: every route answers, or says 403 with the roles that may', async (role: Role) => {
    await using api = bench({ principals: () => ({ role, via: 'loopback' }) });
    const mayQuarantine = role === 'administrator' || role === 'radio-admin';
    for (const noun of LISTS) expect((await api.get(`/api/v1/${noun}`)).status, noun).toBe(noun === 'quarantine' && !mayQuarantine ? 403 : 200);
  });

  it('nobody whom we do not know: 401 everywhere but for nothing', async () => {
    await using api = bench({ principals: () => null });
    for (const url of ['/', '/healthz', '/api/v1/sites', '/metrics', '/api/openapi.json']) expect((await api.get(url)).status, url).toBe(401);
  });

  it('not a request from elsewhere, and not one under a foreign name or from a foreign page', async () => {
    await using api = bench({ principals: loopbackPrincipal });
    expect((await api.app.inject({ url: '/api/v1/sites', headers: { host: 'localhost' }, remoteAddress: '192.0.2.7' })).statusCode).toBe(401);
    expect((await api.get('/api/v1/sites', { host: 'evil.example' })).status).toBe(403);
    expect((await api.get('/api/v1/sites', { origin: 'http://evil.example' })).status).toBe(403);
    expect((await api.get('/api/v1/sites', { host: '127.0.0.1:9', origin: 'http://127.0.0.1:9' })).status).toBe(200);
  });

  it('does not listen on anything but loopback', async () => {
    await expect(openApi(fakeApi({ host: '0.0.0.0' }).dependencies)).rejects.toThrow('expected a loopback address');
  });
});

describe('what is wrong is said as a problem document', () => {
  const cases: readonly (readonly [string, number, string])[] = [
    ['/api/v1/sites/nowhere', 404, 'not-found'], ['/api/v1/nothing', 404, 'not-found'], ['/api/v1/sites?limit=0', 400, 'invalid-request'], ['/api/v1/sites?limit=1001', 400, 'invalid-request'],
    ['/api/v1/sites?cursor=zzz', 400, 'invalid-request'], ['/api/v1/alerts?phase=closed', 400, 'invalid-request'], ['/api/v1/history?metric=x', 400, 'invalid-request'],
    ['/api/v1/history?device=a&link=b&metric=x', 400, 'invalid-request'], ['/api/v1/history?device=nobody&metric=x', 404, 'not-found'],
    ['/api/v1/history?device=flood-depot-level&metric=Bad', 400, 'invalid-request'], ['/api/v1/history?device=flood-depot-level&metric=x&step=0s', 400, 'invalid-request'],
    ['/api/v1/history?device=flood-depot-level&metric=x&from=2026-01-01T00:00:00', 400, 'invalid-request'], ['/api/v1/history?device=flood-depot-level&metric=x&from=9&to=3', 400, 'invalid-request'],
    ['/api/v1/stream?types=weather', 400, 'invalid-request'], ['/api/v1/quarantine/abc', 404, 'not-found'], ['/api/v1/alerts/none/timeline', 404, 'not-found'],
  ];
  it.each(cases)('%s gives %i %s', async (url, status, code) => {
    await using api = bench();
    const answer = await api.get(url);
    expect(answer.status).toBe(status);
    expect(answer.type).toContain('application/problem+json');
    expect(answer.body).toMatchObject({ type: `urn:lianqin:problem:${code}`, status });
    expect(String(answer.body['detail']).length).toBeGreaterThan(10);
  });

  it('a store that fails is a 503 that tells nothing of its insides, and the log says why', async () => {
    await using api = bench();
    api.stores.broken = true;
    const answer = await api.get('/api/v1/quarantine');
    expect(answer.status).toBe(503);
    expect(answer.text).not.toContain('/var/lib');
    expect(api.errors.join()).toContain('SQLITE_IOERR');
  });

  it('an error of ours is a 500 without its stack', async () => {
    await using api = bench();
    api.situation.sites = () => { throw new Error('at secret.ts:12'); };
    const answer = await api.get('/api/v1/sites');
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain('secret');
    expect(api.errors.join()).toContain('secret.ts');
  });

  it('readiness names what is not usable', async () => {
    await using api = bench();
    expect((await api.get('/readyz')).status).toBe(200);
    api.stores.checks[0] = { name: 'journal', ok: false, because: 'commits fail' };
    const answer = await api.get('/readyz');
    expect(answer.status).toBe(503);
    expect(answer.body['detail']).toBe('journal: commits fail');
    expect((await api.get('/healthz')).status).toBe(200);
  });
});

describe('lists', () => {
  it('are read to their end by cursors, each item once', async () => {
    await using api = bench();
    const ids: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body } = await api.get(`/api/v1/devices?limit=4${cursor === '' ? '' : `&cursor=${cursor}`}`);
      ids.push(...(body['items'] as { id: string }[]).map(({ id }) => id));
      cursor = body['next'] as string | null;
    }
    expect(ids).toHaveLength(21);
    expect(new Set(ids).size).toBe(21);
  });

  it('of the timeline and of the quarantine page by their own numbers', async () => {
    await using api = bench();
    api.stores.timeline.push(...[1, 2, 3].map((seq) => timelineEntry(seq, 'a-1')));
    api.stores.quarantine.push(...[1, 2, 3].map((id) => quarantineEntry(id, 'x'.repeat(1_000))));
    const first = await api.get('/api/v1/alerts/a-1/timeline?limit=2');
    expect((first.body['items'] as { seq: number }[]).map(({ seq }) => seq)).toEqual([1, 2]);
    const second = await api.get(`/api/v1/alerts/a-1/timeline?limit=2&cursor=${String(first.body['next'])}`);
    expect(second.body).toMatchObject({ items: [{ seq: 3 }], next: null });
    const [newest] = (await api.get('/api/v1/quarantine?limit=1')).body['items'] as { id: number; payload: string; payloadBytes: number }[];
    expect(newest).toMatchObject({ id: 3, payloadBytes: 1_000 });
    expect(Buffer.from(newest?.payload ?? '', 'base64')).toHaveLength(256);
    const whole = (await api.get('/api/v1/quarantine/2')).body as { payload: string };
    expect(Buffer.from(whole.payload, 'base64')).toHaveLength(1_000);
  });

  it('of history points take times with an offset, epoch milliseconds, and a plus sign that was not escaped', async () => {
    await using api = bench();
    api.stores.points = [[wallTime(NOW - 1_000), 79.3], [wallTime(NOW - 500), 79.4]];
    const url = '/api/v1/history?device=flood-depot-level&metric=water_level_m';
    expect((await api.get(url)).body).toMatchObject({ unit: 'm', points: [[NOW - 1_000, 79.3], [NOW - 500, 79.4]], stepMs: null, truncated: false });
    expect((await api.get(`${url}&from=${NOW - 600}&to=${NOW}`)).body['points']).toHaveLength(1);
    expect((await api.get(`${url}&from=2026-11-24T03:29:59.400+08:00&to=2026-11-24T03:30:00%2B08:00`)).body['points']).toHaveLength(1);
    expect((await api.get(`${url}&step=5m&limit=1`)).body).toMatchObject({ stepMs: 300_000, truncated: true });
  });
});

describe('the event stream', () => {
  interface Event { readonly event: string; readonly id: string | undefined; readonly data: Record<string, unknown> }
  /** Reads events of a real connection until disposed. */
  async function follow(port: number, path: string, headers: Record<string, string> = {}): Promise<{ readonly events: Event[] } & Disposable> {
    const events: Event[] = [];
    let rest = '';
    const asked = request({ port, host: '127.0.0.1', path, headers: { host: 'localhost', ...headers } });
    asked.on('error', () => undefined);
    asked.end();
    asked.on('response', (response) => {
      response.setEncoding('utf8').on('data', (text: string) => {
        const blocks = (rest + text).split('\n\n');
        rest = blocks.pop() ?? '';
        for (const block of blocks) {
          const field = (name: string): string | undefined => block.split('\n').find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
          if (field('event') !== undefined) events.push({ event: field('event') ?? '', id: field('id'), data: JSON.parse(field('data') ?? '{}') as Record<string, unknown> });
        }
      });
      response.on('error', () => undefined);
    });
    await until('the opening of the stream', () => events.some(({ event }) => event === 'live'));
    return { events, [Symbol.dispose]: () => { asked.destroy(); } };
  }

  it('begins with everything, goes on with changes, and resumes behind the last one without a gap', async () => {
    const feed = new FakeFeed();
    const fake = fakeApi({}, feed);
    await using api = await openApi(fake.dependencies);
    using first = await follow(api.port, '/api/v1/stream');
    expect(first.events[0]?.event).toBe('snapshot');
    expect(first.events.filter(({ event }) => event === 'device')).toHaveLength(21);
    failOver(fake.situation, NOW);
    await until('the alert', () => first.events.some(({ event }) => event === 'alert'));
    const last = first.events.findLast(({ event }) => event === 'path')?.id ?? '';
    first[Symbol.dispose]();
    using second = await follow(api.port, '/api/v1/stream', { 'last-event-id': last });
    expect(second.events.map(({ event }) => event)).toEqual(['alert', 'live']);
    expect(second.events.at(-1)?.data).toMatchObject({ resumed: true });
    using unknown = await follow(api.port, '/api/v1/stream?types=alert&after=other-5');
    expect(unknown.events.map(({ event }) => event)).toEqual(['snapshot', 'alert', 'live']);
    expect(unknown.events.at(-1)?.data).toMatchObject({ resumed: false });
  });

  it('says that it lives though nothing changes, and lets go of readers that have gone', async () => {
    const feed = new FakeFeed();
    const fake = fakeApi({}, feed);
    await using api = await openApi(fake.dependencies);
    using reader = await follow(api.port, '/api/v1/stream?beat=1');
    fake.clock.advance(1_000);
    await until('a beat', () => reader.events.some(({ event }) => event === 'beat'));
    expect(api.streams.count).toBe(1);
    reader[Symbol.dispose]();
    await until('it is let go', () => api.streams.count === 0);
    expect(feed.followers).toBe(0);
  });
});

describe('the page', () => {
  it('is served with a policy that lets nothing foreign in', async () => {
    await using api = bench();
    const response = await api.app.inject({ url: '/', headers: { host: 'localhost' } });
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-security-policy']).toContain("default-src 'none'");
    expect(response.headers['x-content-type-options']).toBe('nosniff');
    for (const file of ['page.css', 'page.js', 'favicon.svg', 'dom.js']) expect((await api.get(`/${file}`)).status, file).toBe(200);
    for (const path of ['/../package.json', '/%2e%2e/package.json', '/.env', '/page.js/../../app.ts']) expect((await api.get(path)).status, path).toBe(404);
  });
});
