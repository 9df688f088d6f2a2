/** A real gateway in a process of its own, as a user starts it, and what a test sees of it from outside. */
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

export const ROOT: string = join(import.meta.dirname, '../..');
export const LAUNCHER: string = join(ROOT, 'bin/lianqin.js');

export interface ReadyLine {
  readonly ready: true;
  readonly pid: number;
  readonly mqtt: number;
  readonly mqtts?: number;
  readonly http: number;
  readonly dataDir: string;
}
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Polls `condition` until it gives something other than null or false; fails with `what` after `withinMs`. */
export async function until<Value>(what: string, condition: () => Value | null | false | Promise<Value | null | false>, withinMs = 15_000): Promise<Value> {
  const end = performance.now() + withinMs;
  for (;;) {
    const value = await condition();
    if (value !== null && value !== false) return value;
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
}

export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

export class RunningProcess implements AsyncDisposable {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  readonly ended: Promise<Ended>;
  #ended: Ended | null = null;

  constructor(program: string, args: readonly string[], options: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {}) {
    // What npm left in the environment of the tests must not make the child believe that npm started it.
    const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_') && !name.startsWith('LIANQIN_')));
    this.child = spawn(program, args, { cwd: options.cwd ?? ROOT, env: { ...inherited, ...options.env }, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stdout?.on('data', (chunk: Buffer) => { this.stdout += chunk.toString(); });
    this.child.stderr?.on('data', (chunk: Buffer) => { this.stderr += chunk.toString(); });
    this.ended = new Promise((resolve, reject) => {
      this.child.on('error', reject);
      this.child.on('close', (code, signal) => {
        this.#ended = { code, signal };
        resolve({ code, signal });
      });
    });
  }

  /** The ready line; fails with what the process said if it ends before. */
  async ready(withinMs = 30_000): Promise<ReadyLine> {
    const line = await until('the ready line', () => {
      if (this.#ended !== null) throw new Error(`ended before it was ready (${JSON.stringify(this.#ended)}): ${this.stderr}`);
      return /^\{"ready":true.*\}$/m.exec(this.stdout)?.[0] ?? null;
    }, withinMs);
    return JSON.parse(line) as ReadyLine;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ended === null) this.child.kill('SIGKILL');
    await this.ended;
  }
}

/** `lianqin ...` with the Node that runs the tests. */
export function lianqin(args: readonly string[], env: NodeJS.ProcessEnv = {}): RunningProcess {
  return new RunningProcess(process.execPath, [LAUNCHER, ...args], { env });
}
