/** The page at `/` and the files beside it. They are read once, so that no request ever names a path on the disk. */
import type { FastifyInstance } from 'fastify';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { RouteContext } from '../dependencies.ts';
import { EVERY_ROLE } from '../principal.ts';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml',
};

export function pageRoutes(app: FastifyInstance, { pageDir }: RouteContext): void {
  const names = readdirSync(pageDir).filter((name) => CONTENT_TYPES[extname(name)] !== undefined);
  if (!names.includes('index.html')) throw new Error(`${pageDir} has no index.html; pageDir must name the folder of the page`);
  for (const name of names) {
    const body = readFileSync(join(pageDir, name));
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
    app.get(name === 'index.html' ? '/' : `/${name}`, { config: { roles: EVERY_ROLE }, schema: { hide: true } }, (request, reply) => {
      reply.header('etag', etag).header('cache-control', 'no-cache');
      if (request.headers['if-none-match'] === etag) return reply.code(304).send();
      return reply.type(CONTENT_TYPES[extname(name)] ?? 'application/octet-stream').send(body);
    });
  }
}
