import { createServer } from 'node:net';

const MOST_TRIES = 100;

/** True if something can listen on `port` of `host` right now. Any failure counts as taken: the caller tries the next. */
async function isFree(host: string, port: number): Promise<boolean> {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<boolean>();
  server.on('error', () => resolve(false));
  server.listen({ host, port, exclusive: true }, () => { server.close(() => resolve(true)); });
  return promise;
}

/** The first free port from `first` on; 0, which means any, where a hundred in a row are taken. */
export async function nextFreePort(host: string, first: number): Promise<number> {
  for (let port = first; port < first + MOST_TRIES && port < 65_536; port += 1) if (await isFree(host, port)) return port;
  return 0;
}
