import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { breaches, GATEWAY_RANKS } from './support/architecture-rules.ts';

const ROOT = join(import.meta.dirname, '..');
const TERRITORIES = ['gateway', 'adapters', 'firmware-sim', 'dashboards', 'test'];

function repositorySources(): Map<string, string> {
  const sources = new Map<string, string>();
  for (const territory of TERRITORIES) {
    let entries: string[] = [];
    try {
      entries = readdirSync(join(ROOT, territory), { recursive: true, encoding: 'utf8' });
    } catch (error) {
      // adapters/ does not exist before the first adapter.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    for (const entry of entries) {
      const path = `${territory}/${entry.replaceAll('\\', '/')}`;
      if (/\.[cm]?[jt]s$/.test(path) && !path.includes('node_modules/')) sources.set(path, readFileSync(join(ROOT, path), 'utf8'));
    }
  }
  return sources;
}

test('the sources of the repository keep every rule of the architecture', () => {
  const sources = repositorySources();
  expect(sources.size).toBeGreaterThan(50);
  expect(breaches(sources)).toEqual([]);
});

test('every folder of the gateway has its place in the ranks', () => {
  const folders = readdirSync(join(ROOT, 'gateway'), { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  expect(folders.filter((folder) => !GATEWAY_RANKS.has(folder))).toEqual([]);
});

type Row = readonly [title: string, sources: Readonly<Record<string, string>>, sentence: string | null];
const PORT = 'export interface Clock { readonly now: () => number }\n';
const rows: readonly Row[] = [
  ['an import that points down is kept', { 'gateway/engine/a.ts': "import type { Clock } from '../model/ports/clock.ts';\nexport type A = Clock;\n", 'gateway/model/ports/clock.ts': PORT }, null],
  ['an upward import is found', { 'gateway/model/a.ts': "import type { B } from '../engine/b.ts';\nexport type A = B;\n", 'gateway/engine/b.ts': 'export interface B { x: 1 }\n' }, 'gateway/model/a.ts:1: model (rank 0) imports gateway/engine/b.ts (rank 2)'],
  ['an upward import inside a type is found', { 'gateway/model/a.ts': "export type A = import('../engine/b.ts').B;\n", 'gateway/engine/b.ts': 'export interface B { x: 1 }\n' }, 'model (rank 0) imports'],
  ['an upward import() at run time is found', { 'gateway/store/a.ts': "export const a = async () => import('../app.ts');\n", 'gateway/app.ts': 'export const x = 1;\n' }, 'store (rank 1) imports gateway/app.ts (rank 6)'],
  ['an upward re-export is found', { 'gateway/store/a.ts': "export const y = 1;\nexport { x } from '../app.ts';\n", 'gateway/app.ts': 'export const x = 1;\n' }, 'store (rank 1) imports gateway/app.ts (rank 6)'],
  ['an import of a sibling folder is found', { 'gateway/store/a.ts': "import { b } from '../history/b.ts';\nexport const a = b;\n", 'gateway/history/b.ts': 'export const b = 1;\n' }, 'store imports its sibling history'],
  ['files of one folder may import each other', { 'gateway/api/routes/a.ts': "import { b } from '../b.ts';\nexport const a = b;\n", 'gateway/api/b.ts': 'export const b = 1;\n' }, null],
  ['a ring of two files is found', { 'gateway/engine/a.ts': "import { b } from './b.ts';\nexport const a = (): number => b();\n", 'gateway/engine/b.ts': "import { a } from './a.ts';\nexport const b = (): number => a();\n" }, 'ring of imports gateway/engine/a.ts -> gateway/engine/b.ts -> gateway/engine/a.ts'],
  ['a ring of types over three files is found', { 'gateway/engine/a.ts': "import type { B } from './b.ts';\nexport interface A { b: B }\n", 'gateway/engine/b.ts': "import type { C } from './c.ts';\nexport interface B { c: C }\n", 'gateway/engine/c.ts': "import type { A } from './a.ts';\nexport interface C { a: A }\n" }, 'ring of imports'],
  ['a file of 401 lines is found', { 'gateway/model/a.ts': 'export const a = 1;\n'.replace('a =', 'a0 =') + '// more\n'.repeat(400) }, '401 lines'],
  ['a file of 400 lines is kept', { 'gateway/model/a.ts': 'export const a = 1;\n' + '// more\n'.repeat(399) }, null],
  ['a test of 401 lines is found', { 'test/unit/a.test.ts': '// more\n'.repeat(401) }, '401 lines'],
  ['Date.now is found', { 'gateway/engine/a.ts': 'export const a = (): number => Date.now();\n' }, 'Date.now reads the time'],
  ['Date.now handed on is found', { 'gateway/engine/a.ts': 'export const now: () => number = Date.now;\n' }, 'Date.now reads the time'],
  ['Date.now by globalThis is found', { 'gateway/engine/a.ts': 'export const now = (): number => globalThis.Date.now();\n' }, 'Date.now reads the time'],
  ['new Date() is found', { 'gateway/engine/a.ts': 'export const a = (): Date => new Date();\n' }, 'new Date() reads the time'],
  ['new Date(value) is kept', { 'gateway/engine/a.ts': 'export const a = (at: number): string => new Date(at).toISOString();\n' }, null],
  ['setTimeout is found', { 'gateway/broker/a.ts': 'export const a = (f: () => void): void => { setTimeout(f, 1); };\n' }, 'setTimeout reads the time'],
  ['setTimeout handed on is found', { 'gateway/broker/a.ts': "import { promisify } from 'node:util';\nexport const a = promisify(setTimeout);\n" }, 'setTimeout reads the time'],
  ['a timer imported by another name is found', { 'gateway/broker/a.ts': "import { setTimeout as wait } from 'node:timers/promises';\nexport const a = async (): Promise<void> => { await wait(1); };\n" }, 'setTimeout of node:timers/promises'],
  ['setInterval is found', { 'adapters/modbus/adapter.ts': 'export const a = (f: () => void): void => { setInterval(f, 1); };\n' }, 'setInterval reads the time'],
  ['AbortSignal.timeout is found', { 'gateway/api/a.ts': 'export const a = (): AbortSignal => AbortSignal.timeout(5);\n' }, 'AbortSignal.timeout reads the time'],
  ['Math.random is found', { 'gateway/api/a.ts': 'export const a = (): number => Math.random();\n' }, 'Math.random reads'],
  ['randomUUID of node:crypto is found', { 'gateway/api/a.ts': "import { randomUUID } from 'node:crypto';\nexport const a = (): string => randomUUID();\n" }, 'randomUUID'],
  ['performance.now is found', { 'gateway/api/a.ts': 'export const a = (): number => performance.now();\n' }, 'performance.now reads'],
  ['process.hrtime.bigint is found', { 'gateway/api/a.ts': 'export const a = (): bigint => process.hrtime.bigint();\n' }, 'process.hrtime reads'],
  ['the system clock may read the time', { 'gateway/runtime/system-clock.ts': 'export const a = (): number => Date.now();\n' }, null],
  ['the simulator has its own clock', { 'firmware-sim/a.ts': 'export const a = (): number => Date.now();\n' }, null],
  ['setImmediate is kept in ingest', { 'gateway/ingest/a.ts': 'export const a = (f: () => void): void => { setImmediate(f); };\n' }, null],
  ['setImmediate is found in the engine', { 'gateway/engine/a.ts': 'export const a = (f: () => void): void => { setImmediate(f); };\n' }, 'setImmediate is for the batches'],
  ['a method of that name is no timer', { 'gateway/engine/a.ts': 'export const a = (box: { setTimeout(ms: number): void }): void => box.setTimeout(1);\n' }, null],
  ['an enum is found', { 'gateway/model/a.ts': 'export enum A { B }\n' }, 'enum is not used here'],
  ['a namespace is found', { 'gateway/model/a.ts': 'export namespace A { export const b = 1; }\n' }, 'namespace is not used here'],
  ['an addition to the types of a library is kept', { 'gateway/api/a.ts': "declare module 'fastify' { interface FastifyRequest { principal: string } }\nexport const a = 1;\n" }, null],
  ['a default export is found', { 'gateway/model/a.ts': 'const a = 1;\nexport default a;\n' }, 'default export is not used here'],
  ['a default export by list is found', { 'gateway/model/a.ts': 'const a = 1;\nexport { a as default };\nexport const b = 1;\n' }, 'default export is not used here'],
  ['a parameter property is found', { 'gateway/model/a.ts': 'export class A { constructor(readonly b: number) {} }\n' }, 'parameter property is not used here'],
  ['a silenced type error is found', { 'gateway/model/a.ts': `// @ts-${'ignore'}\nexport const a = 1;\n` }, 'is not used here'],
  ['unfinished work is found', { 'gateway/model/a.ts': `// ${'TO'}DO: later\nexport const a = 1;\n` }, 'is not used here'],
  ['a class named Manager is found', { 'gateway/model/a.ts': 'export class DeviceManager {}\n' }, 'DeviceManager does not say what it does'],
  ['a function named after a helper is found', { 'gateway/model/a.ts': 'export function parseHelper(): void {}\n' }, 'parseHelper does not say what it does'],
  ['words that merely contain such a name are kept', { 'gateway/model/a.ts': 'export interface Serviceable { utilisation: number }\nexport const utilization = 1;\n' }, null],
  ['a file named utils is found', { 'gateway/model/string-utils.ts': 'export const a = 1;\n' }, 'the file name string-utils.ts does not say'],
  ['a file name in camel case is found', { 'gateway/model/spoolRecord.ts': 'export const a = 1;\n' }, 'is not kebab-case'],
  ['an interface with I in front is found', { 'gateway/model/a.ts': 'export interface IClock { x: 1 }\n' }, 'interface IClock'],
  ['a barrel is found', { 'gateway/model/all.ts': "export * from './a.ts';\n", 'gateway/model/a.ts': 'export const a = 1;\n' }, 'a barrel hides'],
  ['a barrel of named exports is found', { 'gateway/model/all.ts': "import { a } from './a.ts';\nexport { a };\n", 'gateway/model/a.ts': 'export const a = 1;\n' }, 'a barrel hides'],
  ['the list of adapters is the one barrel', { 'adapters/index.ts': "export { a } from './modbus/a.ts';\n", 'adapters/modbus/a.ts': 'export const a = 1;\n' }, null],
  ['a class of a lower folder named outside the composition root is found', { 'gateway/api/a.ts': "import type { Broker } from '../broker/b.ts';\nexport type A = Broker;\n", 'gateway/broker/b.ts': 'export class Broker {}\n' }, 'Broker of gateway/broker/b.ts is an implementation'],
  ['a function that opens something, named outside the composition root, is found', { 'gateway/runtime/a.ts': "import { openJournal } from '../store/b.ts';\nexport const a = openJournal;\n", 'gateway/store/b.ts': 'export function openJournal(): number { return 1; }\n' }, 'openJournal of gateway/store/b.ts is an implementation'],
  ['the whole module of an implementation is found', { 'gateway/runtime/a.ts': "import * as store from '../store/b.ts';\nexport const a = store;\n", 'gateway/store/b.ts': 'export const limit = 1;\n' }, 'is an implementation'],
  ['the composition root names implementations', { 'gateway/app.ts': "import { openJournal } from './store/b.ts';\nexport const a = openJournal;\n", 'gateway/store/b.ts': 'export function openJournal(): number { return 1; }\n' }, null],
  ['a command names implementations', { 'gateway/commands/a.ts': "import { SystemClock } from '../runtime/b.ts';\nexport const a = new SystemClock();\n", 'gateway/runtime/b.ts': 'export class SystemClock {}\n' }, null],
  ['the pure engine may be named by what runs it', { 'gateway/runtime/a.ts': "import type { Engine } from '../engine/b.ts';\nexport type A = Engine;\n", 'gateway/engine/b.ts': 'export class Engine {}\n' }, null],
  ['the simulator imports nothing from the gateway', { 'firmware-sim/a.ts': "import type { B } from '../gateway/model/b.ts';\nexport type A = B;\n", 'gateway/model/b.ts': 'export interface B { x: 1 }\n' }, 'it imports nothing from gateway/'],
  ['only commands start the simulator', { 'gateway/api/a.ts': "import { run } from '../../firmware-sim/b.ts';\nexport const a = run;\n", 'firmware-sim/b.ts': 'export const run = 1;\n' }, 'only gateway/commands/ may start the simulator'],
  ['a command starts the simulator', { 'gateway/commands/a.ts': "import { run } from '../../firmware-sim/b.ts';\nexport const a = run;\n", 'firmware-sim/b.ts': 'export const run = 1;\n' }, null],
  ['the gateway imports nothing from the tests', { 'gateway/app.ts': "import { x } from '../test/support/x.ts';\nexport const a = x;\n", 'test/support/x.ts': 'export const x = 1;\n' }, 'the gateway imports nothing from test/'],
  ['the page imports nothing from the gateway', { 'dashboards/page/page.js': "import { x } from '../../gateway/model/x.ts';\nexport const a = x;\n", 'gateway/model/x.ts': 'export const x = 1;\n' }, 'dashboards know the HTTP API alone'],
  ['one adapter importing another is found', { 'adapters/modbus/a.ts': "import { b } from '../dlt645/b.ts';\nexport const a = b;\n", 'adapters/dlt645/b.ts': 'export const b = 1;\n' }, 'adapters never see one another'],
  ['an adapter importing the gateway beyond its model is found', { 'adapters/modbus/a.ts': "import { b } from '../../gateway/ingest/b.ts';\nexport const a = b;\n", 'gateway/ingest/b.ts': 'export const b = 1;\n' }, 'nothing but gateway/model/'],
  ['a folder without a rank is found', { 'gateway/misc/a.ts': 'export const a = 1;\n' }, 'misc has no rank'],
  ['an import of a file that is not there is found', { 'gateway/model/a.ts': "import type { B } from './gone.ts';\nexport type A = B;\n" }, 'gateway/model/gone.ts does not exist'],
];

describe('the rules themselves', () => {
  test.each(rows)('%s', (_title, sources, sentence) => {
    const found = breaches(new Map(Object.entries(sources)));
    if (sentence === null) expect(found).toEqual([]);
    else {
      expect(found).not.toEqual([]);
      for (const one of found) expect(one).toContain(sentence);
    }
  });
});

test('what is no TypeScript is an error that names the file', () => {
  expect(() => breaches(new Map([['gateway/model/a.ts', 'export const = ;\n']]))).toThrow(/gateway\/model\/a\.ts/);
});
