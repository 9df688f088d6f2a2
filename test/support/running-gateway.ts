/** The real program as a child process, as an operator would run it: ready line on stdout, log on stderr, signals. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface ReadyLine { readonly ready: true; readonly pid: number; readonly mqtt: number; readonly mqtts?: number; readonly http: number; readonly dataDir: string }
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const EXAMPLE = join(ROOT, 'examples/jiamusi/arrangement.yaml');

/** A folder with a gateway.yaml on free ports and an arrangement; gone again on dispose. */
export class GatewayHome implements Disposable {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'lianqin-test-'));
  readonly arrangement: string = join(this.folder, 'arrangement.yaml');
  readonly config: string = join(this.folder, 'gateway.yaml');

  constructor(arrangement: string = readFileSync(EXAMPLE, 'utf8')) {
    writeFileSync(this.arrangement, arrangement);
    writeFileSync(this.config, 'arrangement: arrangement.yaml\ndataDir: data\nmqtt: {port: 0, anonymousLoopback: true}\nhttp: {port: 0}\n');
  }
  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export class GatewayProcess implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly ready: ReadyLine;
  /** What it logged so far. */
  readonly log: string[];
  readonly exited: Promise<number | null>;

  private constructor(child: ChildProcess, ready: ReadyLine, log: string[], exited: Promise<number | null>) {
    this.child = child;
    this.ready = ready;
    this.log = log;
    this.exited = exited;
  }

  /** Resolves at the ready line; rejects with the log when the program ends before. */
  static async start(home: GatewayHome, args: readonly string[] = ['serve', '--config', home.config], env: Record<string, string> = {}): Promise<GatewayProcess> {
    const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_') && !name.startsWith('LIANQIN_')));
    const child = spawn(process.execPath, [join(ROOT, 'bin/lianqin.js'), ...args], { env: { ...clean, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    const log: string[] = [];
    createInterface({ input: child.stderr! }).on('line', (line) => { log.push(line); });
    const exited = new Promise<number | null>((resolve) => { child.once('exit', (code) => { resolve(code); }); });
    const lines = createInterface({ input: child.stdout! });
    const first = new Promise<string>((resolve) => { lines.once('line', resolve); });
    const line = await Promise.race([first, exited.then((code) => { throw new Error(`the gateway ended with code ${code} before it was ready:\n${log.join('\n')}`); })]);
    return new GatewayProcess(child, JSON.parse(line) as ReadyLine, log, exited);
  }

  get mqttUrl(): string { return `mqtt://127.0.0.1:${this.ready.mqtt}`; }
  get httpUrl(): string { return `http://127.0.0.1:${this.ready.http}`; }

  async get<Body>(path: string): Promise<Body> {
    const response = await fetch(`${this.httpUrl}${path}`);
    if (!response.ok) throw new Error(`GET ${path} gave ${response.status}: ${await response.text()}`);
    return await response.json() as Body;
  }

  /** Asks until `test` is true of the answer; fails with the last answer after `withinMs`. */
  async until<Body>(path: string, test: (body: Body) => boolean, withinMs = 10_000): Promise<Body> {
    const end = performance.now() + withinMs;
    for (;;) {
      const body = await this.get<Body>(path);
      if (test(body)) return body;
      if (performance.now() > end) throw new Error(`GET ${path} did not come to what was expected within ${withinMs} ms; last answer: ${JSON.stringify(body).slice(0, 2000)}`);
      await new Promise((resolve) => { setTimeout(resolve, 50); });
    }
  }

  async kill(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.child.kill(signal);
    return await this.exited;
  }
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) await this.kill('SIGKILL');
  }
}
