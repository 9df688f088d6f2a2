/** A real InfluxDB in a folder of its own, on a free port. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { until } from './command-process.ts';

export class Influxd implements AsyncDisposable {
  readonly port: number;
  readonly #folder: string;
  readonly #auth: boolean;
  #child: ChildProcess | null = null;

  private constructor(folder: string, port: number, auth: boolean) {
    this.#folder = folder;
    this.port = port;
    this.#auth = auth;
  }

  static async start(options: { readonly auth?: boolean } = {}): Promise<Influxd> {
    const server = new Influxd(mkdtempSync(join(tmpdir(), 'lianqin-influxd-')), await freePort(), options.auth ?? false);
    await server.begin();
    return server;
  }
  get url(): string { return `http://127.0.0.1:${this.port}`; }

  /** Starts it (again) on the same folder and port; resolves when it answers. */
  async begin(): Promise<void> {
    const data = (name: string): string => {
      mkdirSync(join(this.#folder, name), { recursive: true });
      return join(this.#folder, name);
    };
    const config = join(this.#folder, 'influxdb.conf');
    writeFileSync(config, `reporting-disabled = true
bind-address = "127.0.0.1:${await freePort()}"
[meta]
  dir = "${data('meta')}"
[data]
  dir = "${data('data')}"
  wal-dir = "${data('wal')}"
  index-version = "tsi1"
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:${this.port}"
  auth-enabled = ${this.#auth}
  log-enabled = false
`);
    const child = spawn('influxd', ['-config', config], { stdio: 'ignore' });
    child.on('error', () => undefined);
    this.#child = child;
    await until('influxd answers', async () => (await fetch(`${this.url}/ping`).catch(() => null))?.status === 204, 30_000);
  }
  async end(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }

  /** InfluxQL with the answer as the server gives it; `as` is user:password. */
  async query(influxql: string, database = 'lianqin', as: string | null = null): Promise<{ results: { error?: string; series?: { name: string; columns: string[]; values: unknown[][] }[] }[] }> {
    const response = await fetch(`${this.url}/query?db=${database}&epoch=ms`, {
      method: 'POST', body: new URLSearchParams({ q: influxql }), headers: as === null ? {} : { authorization: `Basic ${Buffer.from(as).toString('base64')}` },
    });
    return await response.json() as { results: [] };
  }
  /** Rows of the first series. */
  async rows(influxql: string): Promise<unknown[][]> {
    return (await this.query(influxql)).results[0]?.series?.[0]?.values ?? [];
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
