/** The rules of docs/ARCHITECTURE.md as code: given all sources, each breach as `file:line: the sentence to follow`. */
import { posix } from 'node:path';
import { readSource, type SourceFacts } from './source-facts.ts';

/** A file imports its own folder or one of lower rank, never a sibling of its own rank. */
export const GATEWAY_RANKS: ReadonlyMap<string, number> = new Map([
  ['main.ts', 8], ['commands', 7], ['app.ts', 6], ['api', 5], ['broker', 4], ['runtime', 4], ['views', 3], ['ingest', 3], ['adapter-host', 3],
  ['engine', 2], ['access', 2], ['arrangement', 1], ['store', 1], ['history', 1], ['notify', 1], ['model', 0],
]);
const LONGEST_FILE = 400;
/** The pure core may be named anywhere above it; everything here does I/O or holds what does. */
const IMPLEMENTED_IN = new Set(['api', 'broker', 'runtime', 'views', 'ingest', 'adapter-host', 'access', 'store', 'history', 'notify']);
const VAGUE_NAME = /(Manager|Helper|Utils?|Service)(?![a-z])|^(manager|helper|utils?|service)$/;
const VAGUE_FILE = /(^|-)(managers?|helpers?|utils?|services?)(-|\.|$)/;
const HUNGARIAN_INTERFACE = /^I[A-Z][a-z]/;
const CLOCK_FILES = new Set(['gateway/runtime/system-clock.ts', 'gateway/main.ts']);
const SET_IMMEDIATE_FOLDERS = new Set(['ingest', 'store', 'runtime']);

/** A path from the root of the repository, with forward slashes, and the text of that file. */
export type Sources = ReadonlyMap<string, string>;
type Facts = ReadonlyMap<string, SourceFacts>;
type Report = (file: string, line: number, sentence: string) => void;

const top = (path: string): string => path.split('/')[0] ?? '';
/** `gateway/api/routes/x.ts` -> `api`, `gateway/app.ts` -> `app.ts`. */
const folderOf = (path: string): string => path.split('/')[1] ?? '';

function resolve(from: string, specifier: string): string | null {
  return specifier.startsWith('.') ? posix.normalize(posix.join(posix.dirname(from), specifier)) : null;
}

function checkDirection(from: string, to: string, line: number, report: Report): void {
  const [a, b] = [folderOf(from), folderOf(to)];
  if (a === b) return;
  const [own, other] = [GATEWAY_RANKS.get(a), GATEWAY_RANKS.get(b)];
  if (own === undefined || other === undefined) return;
  if (other > own) report(from, line, `${a} (rank ${own}) imports ${to} (rank ${other}): imports point to lower ranks only; take what you need as an argument typed by an interface of gateway/model/ports`);
  if (other === own) report(from, line, `${a} imports its sibling ${b}: folders of one rank do not know each other; let gateway/app.ts pass one to the other by an interface of gateway/model/ports`);
}

/** What lies outside gateway/: who may know whom. */
function checkTerritory(from: string, to: string, line: number, report: Report): void {
  const [a, b] = [top(from), top(to)];
  if (a === b) {
    if (a === 'adapters') checkAdapters(from, to, line, report);
    return;
  }
  if (a === 'gateway') {
    const commands = folderOf(from) === 'commands' || from === 'gateway/app.ts';
    if (b === 'firmware-sim' && folderOf(from) !== 'commands') report(from, line, 'only gateway/commands/ may start the simulator: the gateway itself knows no simulated device');
    else if (b === 'adapters' && !commands && to !== 'adapters/adapter.ts') report(from, line, 'name adapters only in gateway/app.ts and gateway/commands/: everything else knows adapters/adapter.ts, the contract');
    else if (b !== 'firmware-sim' && b !== 'adapters') report(from, line, `the gateway imports nothing from ${b}/`);
  }
  if (a === 'firmware-sim') report(from, line, `firmware-sim has its own encoders and clock, written from the specifications: it imports nothing from ${b}/, or one mistake would hide in both`);
  if (a === 'adapters' && !to.startsWith('gateway/model/')) report(from, line, 'adapters import from the gateway nothing but gateway/model/');
  if (a === 'dashboards') {
    const known = from.startsWith('dashboards/grafana/') && (to === 'gateway/history/schema.ts' || to === 'gateway/model/metrics.ts');
    if (!known) report(from, line, 'dashboards know the HTTP API alone: they import nothing from the gateway');
  }
}

function checkAdapters(from: string, to: string, line: number, report: Report): void {
  const shared = (folder: string): boolean => folder === 'transport' || folder === 'checksum' || folder.endsWith('.ts');
  const [a, b] = [folderOf(from), folderOf(to)];
  if (from !== 'adapters/index.ts' && a !== b && !shared(b)) report(from, line, `adapter ${a} imports ${b}: adapters never see one another; share through adapters/transport or adapters/checksum`);
}

function checkImplementations(from: string, to: string, names: readonly string[], line: number, facts: Facts, report: Report): void {
  if (top(to) !== 'gateway' || from === 'gateway/app.ts' || folderOf(from) === 'commands' || folderOf(from) === folderOf(to)) return;
  if (!IMPLEMENTED_IN.has(folderOf(to))) return;
  const named = names.filter((name) => name === '*' ? true : facts.get(to)?.implementations.has(name));
  if (named.length > 0) report(from, line, `${named.join(', ')} of ${to} is an implementation: only gateway/app.ts and gateway/commands/ name those; take it as an argument typed by an interface of gateway/model/ports`);
}

function checkImports(file: string, source: SourceFacts, facts: Facts, report: Report): void {
  for (const { specifier, line, names } of source.imports) {
    const to = resolve(file, specifier);
    if (to === null) continue;
    if (!facts.has(to) && /\.[cm]?[jt]s$/.test(to) && ['gateway', 'adapters', 'firmware-sim', 'dashboards'].includes(top(to))) report(file, line, `${to} does not exist`);
    if (top(file) === 'gateway' && top(to) === 'gateway') checkDirection(file, to, line, report);
    checkTerritory(file, to, line, report);
    if (top(file) === 'gateway') checkImplementations(file, to, names, line, facts, report);
  }
}

function checkCalls(file: string, source: SourceFacts, report: Report): void {
  if ((top(file) !== 'gateway' && top(file) !== 'adapters') || CLOCK_FILES.has(file)) return;
  for (const { call, line } of source.calls) {
    if (call === 'setImmediate') {
      if (!SET_IMMEDIATE_FOLDERS.has(folderOf(file))) report(file, line, 'setImmediate is for the batches of ingest, store and runtime: take a Clock (gateway/model/ports/clock.ts)');
    } else report(file, line, `${call} reads the time or chance directly: take a Clock (gateway/model/ports/clock.ts) as an argument`);
  }
}

function checkWords(file: string, source: SourceFacts, report: Report): void {
  const name = posix.basename(file);
  if (VAGUE_FILE.test(name)) report(file, 1, `the file name ${name} does not say what is inside: name it after its one subject`);
  if (!/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)*\.[cm]?[jt]s$/.test(name)) report(file, 1, `the file name ${name} is not kebab-case`);
  for (const { name: declared, kind, line } of source.names) {
    if (VAGUE_NAME.test(declared)) report(file, line, `${declared} does not say what it does: name it after its subject, not Manager, Helper, Util or Service`);
    if (kind === 'interface' && HUNGARIAN_INTERFACE.test(declared)) report(file, line, `interface ${declared}: name interfaces by what they are, without I`);
  }
  for (const { what, line } of source.forbidden) report(file, line, `${what} is not used here`);
}

function checkShape(file: string, source: SourceFacts, report: Report): void {
  if (source.lines > LONGEST_FILE) report(file, source.lines, `${source.lines} lines: a file has one subject and at most ${LONGEST_FILE} lines; move one subject out`);
  if (source.barrel && file !== 'adapters/index.ts') report(file, 1, 'a barrel hides who uses what: import from the file itself');
  if (top(file) === 'gateway' && !GATEWAY_RANKS.has(folderOf(file))) report(file, 1, `${folderOf(file)} has no rank: add it to docs/ARCHITECTURE.md and to the table of this test`);
}

/** Rings of files, each once, as the list of its files. */
function rings(graph: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const found: string[][] = [];
  const done = new Set<string>();
  const walk = (file: string, trail: readonly string[]): void => {
    const at = trail.indexOf(file);
    if (at >= 0) { found.push(trail.slice(at)); return; }
    if (done.has(file)) return;
    for (const next of graph.get(file) ?? []) walk(next, [...trail, file]);
    done.add(file);
  };
  for (const file of graph.keys()) walk(file, []);
  return found;
}

/** All breaches, sorted; empty means that the sources keep the rules. */
export function breaches(sources: Sources): readonly string[] {
  const facts = new Map([...sources].map(([path, text]) => [path, readSource(path, text)]));
  const found: string[] = [];
  const report: Report = (file, line, sentence) => { found.push(`${file}:${line}: ${sentence}`); };
  for (const [file, source] of facts) {
    checkShape(file, source, report);
    if (top(file) === 'test') continue;
    checkImports(file, source, facts, report);
    checkCalls(file, source, report);
    checkWords(file, source, report);
  }
  const graph = new Map([...facts].map(([file, source]) => [file, source.imports.map(({ specifier }) => resolve(file, specifier)).filter((to) => to !== null && facts.has(to)) as string[]]));
  for (const ring of rings(graph)) report(ring[0] ?? '', 1, `ring of imports ${[...ring, ring[0]].join(' -> ')}: move what both need into a file below them`);
  return [...new Set(found)].sort();
}
