/** The HTTP server: guards in front, one file of routes for each noun, problem documents for whatever goes wrong. */
import swagger from '@fastify/swagger';
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ApiDependencies, RouteContext } from './dependencies.ts';
import { hostCheck, type HostVerdict } from './host-check.ts';
import { isLoopback, loopbackPrincipal, requireRoles, type Principal, type Role } from './principal.ts';
import { PROBLEM_TYPE, Problem, problemDocument, problemOf } from './problem.ts';
import { adoptionRoutes } from './routes/adoption.ts';
import { agencyRoutes } from './routes/agencies.ts';
import { alertRoutes } from './routes/alerts.ts';
import { contactRoutes } from './routes/contacts.ts';
import { deviceRoutes } from './routes/devices.ts';
import { documentationRoutes } from './routes/documentation.ts';
import { healthRoutes } from './routes/health.ts';
import { historyRoutes } from './routes/history.ts';
import { ingestRoutes } from './routes/ingest.ts';
import { linkRoutes } from './routes/links.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { pageRoutes } from './routes/page.ts';
import { pathRoutes } from './routes/paths.ts';
import { quarantineRoutes } from './routes/quarantine.ts';
import { siteRoutes } from './routes/sites.ts';
import { streamRoutes } from './routes/stream.ts';
import { summaryRoutes } from './routes/summary.ts';
import { bilingualSchema, evidenceSchema, metricSchema } from './schemas/parts.ts';
import { problemSchema } from './schemas/problem.ts';
import { SECURITY_HEADERS } from './security-headers.ts';
import { StreamReaders } from './stream-readers.ts';

declare module 'fastify' {
  interface FastifyContextConfig { roles?: readonly Role[] }
  interface FastifyRequest { principal: Principal }
}

export interface Api extends AsyncDisposable {
  readonly port: number;
  /** For the broker's WebSocket upgrade at /mqtt; ask `mayUpgrade` first. */
  readonly server: Server;
  /** Host, Origin and loopback, as every route checks them. */
  readonly mayUpgrade: (request: IncomingMessage) => HostVerdict;
  readonly streams: { readonly count: number; readonly cut: number };
}

/**
 * Listens and serves. Rejects with one clear sentence where `host` is no loopback address or a route declares no roles,
 * and with the system's error (EADDRINUSE ...) where it cannot listen.
 */
export async function openApi(dependencies: ApiDependencies): Promise<Api> {
  const { host, port } = dependencies;
  if (host !== 'localhost' && !isLoopback(host)) {
    throw new Error(`http.host is ${JSON.stringify(host)}, expected a loopback address such as 127.0.0.1: there is no sign-in yet, so nobody else may reach it`);
  }
  const { app, readers } = buildApi(dependencies);
  await app.listen({ host, port });
  const check = hostCheck(dependencies.publicUrl ?? null);
  return {
    port: (app.server.address() as AddressInfo).port,
    server: app.server,
    mayUpgrade: (request) => (isLoopback(request.socket.remoteAddress) ? check(request.headers) : { type: 'refused', because: 'only loopback is trusted' }),
    streams: readers,
    [Symbol.asyncDispose]: () => app.close(),
  };
}

/** The server without its socket; tests ask it by `inject`. */
export function buildApi(dependencies: ApiDependencies): { app: FastifyInstance; readers: StreamReaders } {
  const app = fastify({
    logger: false,
    // A heartbeat of 64 KiB, and one that is somewhat too large, so that it is refused with its reason.
    bodyLimit: 262_144,
    requestTimeout: 30_000,
    forceCloseConnections: true,
    ajv: { customOptions: { removeAdditional: false, coerceTypes: true, useDefaults: true, allErrors: false } },
    frameworkErrors: (error, _request, reply) => { void sendProblem(reply, problemOf(error, {}) ?? problemDocument('internal', 'the gateway failed at this request')); },
    clientErrorHandler: refuseBadHttp,
  });
  app.server.maxConnections = 2000;
  const readers = new StreamReaders(dependencies);
  const context: RouteContext = { ...dependencies, readers };
  // The resources are checked against their schemas by types and tests; serializing by schema would drop or refuse what does not fit, in the middle of a flood.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  guard(app, dependencies);
  app.setErrorHandler((error: FastifyError, request, reply) => fail(error, request, reply, dependencies));
  app.setNotFoundHandler((request, reply) => sendProblem(reply, problemDocument('not-found', `there is no ${request.method} ${request.url.split('?')[0] ?? ''}`)));
  app.addHook('preClose', (done) => { readers.stopAll(); done(); });
  void app.register(swagger, {
    openapi: { openapi: '3.1.0', info: { title: 'Lianqin HTTP API', version: '1', description: 'All times are epoch milliseconds, null where absent. Errors are RFC 9457 problem documents.' } },
    refResolver: { buildLocalReference: (json, _base, _fragment, index) => (typeof json['$id'] === 'string' ? json['$id'] : `schema-${index}`) },
    transform: ({ schema, url, route }) => ({ schema: { ...schema, 'x-roles': route.config?.roles, response: withProblem(schema?.response) }, url }),
  });
  void app.register((routes, _options, done) => {
    for (const schema of [bilingualSchema, evidenceSchema, metricSchema, problemSchema]) routes.addSchema(schema);
    for (const register of [siteRoutes, linkRoutes, deviceRoutes, adoptionRoutes, ingestRoutes, pathRoutes, alertRoutes, contactRoutes, agencyRoutes, quarantineRoutes,
      historyRoutes, summaryRoutes, streamRoutes, healthRoutes, metricsRoutes, documentationRoutes, pageRoutes]) register(routes, context);
    done();
  });
  return { app, readers };
}

/** Before any route: right host, known principal, a role that the route declares. */
function guard(app: FastifyInstance, { publicUrl, principals = loopbackPrincipal }: ApiDependencies): void {
  const check = hostCheck(publicUrl ?? null);
  app.decorateRequest('principal');
  app.addHook('onRoute', (route) => requireRoles({ method: route.method, url: route.url, roles: route.config?.roles }));
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(SECURITY_HEADERS);
    const verdict = check(request.headers);
    if (verdict.type === 'refused') return done(new Problem('wrong-host', verdict.because));
    const principal = principals(request.raw);
    if (principal === null) return done(new Problem('not-signed-in', 'only requests from this machine are answered until there is sign-in'));
    request.principal = principal;
    const roles = request.routeOptions.config.roles;
    if (roles !== undefined && !roles.includes(principal.role)) return done(new Problem('not-allowed', `this needs one of the roles ${roles.join(', ')}; you are ${principal.role}`));
    done();
  });
}

function fail(error: FastifyError, request: FastifyRequest, reply: FastifyReply, { log }: ApiDependencies): FastifyReply {
  const input = error.validationContext === 'params' ? request.params : request.query;
  const known = problemOf(error, { ...(input as object) });
  if (known !== null) return sendProblem(reply, known);
  log.error('a request failed', { method: request.method, url: request.routeOptions.url ?? '', because: error.stack ?? error.message });
  return sendProblem(reply, problemDocument('internal', 'the gateway failed at this request; its log says why'));
}

function sendProblem(reply: FastifyReply, document: ReturnType<typeof problemDocument>): FastifyReply {
  return reply.headers(SECURITY_HEADERS).code(document.status).type(PROBLEM_TYPE).serializer(JSON.stringify).send(document);
}

/** Bytes that are no HTTP at all. */
function refuseBadHttp(error: Error & { code?: string }, socket: { writable: boolean; end(text: string): void; destroy(): void }): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return socket.destroy();
  const body = JSON.stringify(problemDocument('invalid-request', 'the request cannot be read as HTTP'));
  socket.end(`HTTP/1.1 400 Bad Request\r\ncontent-type: ${PROBLEM_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`);
}

function withProblem(response: unknown): object {
  return { ...(response as object | undefined), default: { description: 'A problem document', content: { 'application/problem+json': { schema: { $ref: 'Problem#' } } } } };
}
