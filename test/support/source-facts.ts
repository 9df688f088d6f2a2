/** Reads a TypeScript or JavaScript source and says what the architecture rules ask about: imports, exports, declared names, calls. */
import { parseSync, Visitor, type ESTree } from 'vite';

export interface ImportFact {
  readonly specifier: string;
  readonly line: number;
  /** Imported names as the exporting file calls them; `*` is the whole module. Empty for an import for its effect. */
  readonly names: readonly string[];
}
export interface NameFact {
  readonly name: string;
  readonly line: number;
  readonly kind: 'class' | 'function' | 'interface' | 'type' | 'variable';
}
export interface CallFact {
  /** Such as `Date.now`, `setTimeout`, `new Date()`. */
  readonly call: string;
  readonly line: number;
}
export interface SourceFacts {
  readonly lines: number;
  readonly imports: readonly ImportFact[];
  readonly names: readonly NameFact[];
  readonly calls: readonly CallFact[];
  /** `enum`, `namespace`, `default export`, `parameter property`, `@ts-ignore`, unfinished-work marks. */
  readonly forbidden: readonly { readonly what: string; readonly line: number }[];
  /** Exported names that others would build something with: classes (no errors) and functions that open, start, listen or create. */
  readonly implementations: ReadonlySet<string>;
  /** True where the file has nothing but re-exports. */
  readonly barrel: boolean;
}

const TIME_AND_CHANCE = new Set(['Date.now', 'Math.random', 'performance.now', 'process.hrtime', 'crypto.randomUUID', 'AbortSignal.timeout']);
const BARE_GLOBALS = new Set(['setTimeout', 'setInterval', 'setImmediate', 'randomUUID']);
/** Modules whose names are the same things under another roof. */
const TIMER_MODULES = new Set(['node:timers', 'timers', 'node:timers/promises', 'timers/promises', 'node:perf_hooks', 'perf_hooks']);
const MAKES_SOMETHING = /^(open|start|listen|create|serve)[A-Z]/;
// Split, so that this file may stand under its own rule.
const MARKS = new RegExp(`@ts-(ignore|nocheck|expect-error)|\\b(${['TO', 'FIX', 'X'].map((start, index) => start + ['DO', 'ME', 'XX'][index]).join('|')})\\b`);

/** Where calls stand that take the time or chance from elsewhere than a Clock. */
function collectCalls(program: ESTree.Program, lineOf: (at: number) => number): CallFact[] {
  const calls: CallFact[] = [];
  new Visitor({
    MemberExpression(node) {
      if (node.object.type !== 'Identifier' && !(node.object.type === 'MemberExpression' && isName(node.object.object, 'globalThis'))) return;
      const owner = node.object.type === 'Identifier' ? node.object.name : nameOf(node.object.property);
      const call = `${owner}.${nameOf(node.property)}`;
      if (TIME_AND_CHANCE.has(call)) calls.push({ call, line: lineOf(node.start) });
      else if (owner === 'globalThis' && BARE_GLOBALS.has(nameOf(node.property))) calls.push({ call: nameOf(node.property), line: lineOf(node.start) });
    },
    NewExpression(node) {
      if (isName(node.callee, 'Date') && node.arguments.length === 0) calls.push({ call: 'new Date()', line: lineOf(node.start) });
    },
    CallExpression(node) {
      if (node.callee.type !== 'Identifier') return;
      if (node.callee.name === 'Date') calls.push({ call: 'Date()', line: lineOf(node.start) });
      if (BARE_GLOBALS.has(node.callee.name)) calls.push({ call: node.callee.name, line: lineOf(node.start) });
      // Handing the global on, as in `promisify(setTimeout)`, is the same as calling it.
      for (const argument of node.arguments) {
        if (argument.type === 'Identifier' && BARE_GLOBALS.has(argument.name)) calls.push({ call: argument.name, line: lineOf(argument.start) });
      }
    },
    ImportDeclaration(node) {
      if (!TIMER_MODULES.has(node.source.value) && node.source.value !== 'node:crypto') return;
      for (const specifier of node.specifiers) {
        const name = specifier.type === 'ImportSpecifier' ? nameOf(specifier.imported) : '*';
        if (TIMER_MODULES.has(node.source.value) ? name !== 'setImmediate' && !name.startsWith('clear') : name === 'randomUUID') {
          calls.push({ call: `${name} of ${node.source.value}`, line: lineOf(node.start) });
        }
      }
    },
  }).visit(program);
  return calls;
}

interface Named { readonly type: string; readonly name?: unknown; readonly value?: unknown }
const nameOf = (node: Named): string => (typeof node.name === 'string' ? node.name : typeof node.value === 'string' ? node.value : '');
const isName = (node: Named, name: string): boolean => node.type === 'Identifier' && node.name === name;

function collectNames(program: ESTree.Program, lineOf: (at: number) => number): NameFact[] {
  const names: NameFact[] = [];
  const add = (kind: NameFact['kind'], id: Named & { readonly start: number } | null): void => {
    if (id !== null && id.type === 'Identifier') names.push({ name: nameOf(id), kind, line: lineOf(id.start) });
  };
  new Visitor({
    ClassDeclaration: (node) => add('class', node.id),
    FunctionDeclaration: (node) => add('function', node.id),
    TSInterfaceDeclaration: (node) => add('interface', node.id),
    TSTypeAliasDeclaration: (node) => add('type', node.id),
    VariableDeclarator: (node) => add('variable', node.id),
  }).visit(program);
  return names;
}

function collectForbidden(program: ESTree.Program, comments: readonly { readonly value: string; readonly start: number }[], lineOf: (at: number) => number): SourceFacts['forbidden'] {
  const forbidden: { what: string; line: number }[] = [];
  const add = (what: string) => (node: { readonly start: number }): void => { forbidden.push({ what, line: lineOf(node.start) }); };
  new Visitor({
    TSEnumDeclaration: add('enum'),
    // `declare module 'name'` and `declare global` add to another module's types and make no namespace.
    TSModuleDeclaration: (node) => { if (node.kind === 'namespace' || node.id.type === 'TSQualifiedName') add('namespace')(node); },
    ExportDefaultDeclaration: add('default export'),
    TSParameterProperty: add('parameter property'),
    ExportSpecifier: (node) => { if (nameOf(node.exported) === 'default') add('default export')(node); },
  }).visit(program);
  for (const comment of comments) {
    const mark = MARKS.exec(comment.value);
    if (mark !== null) add(mark[0])(comment);
  }
  return forbidden;
}

/** Names of implementations that the file exports: what only the composition root and the commands may name. */
function collectImplementations(program: ESTree.Program): Set<string> {
  const implementations = new Set<string>();
  for (const statement of program.body) {
    const declared = statement.type === 'ExportNamedDeclaration' ? statement.declaration : null;
    if (declared?.type === 'ClassDeclaration' && declared.id !== null) {
      const parent = declared.superClass;
      const isError = parent?.type === 'Identifier' && parent.name.endsWith('Error');
      if (!isError && !declared.abstract) implementations.add(declared.id.name);
    }
    if (declared?.type === 'FunctionDeclaration' && declared.id !== null && MAKES_SOMETHING.test(declared.id.name)) implementations.add(declared.id.name);
    if (declared?.type === 'VariableDeclaration') {
      for (const { id } of declared.declarations) if (id.type === 'Identifier' && MAKES_SOMETHING.test(id.name)) implementations.add(id.name);
    }
  }
  return implementations;
}

function isBarrel(program: ESTree.Program): boolean {
  const others = program.body.filter((statement) => statement.type !== 'ImportDeclaration');
  return others.length > 0 && others.every((statement) => statement.type === 'ExportAllDeclaration' || (statement.type === 'ExportNamedDeclaration' && statement.declaration === null));
}

/** Every import, re-export and `import()` with the names taken. */
function collectImports(program: ESTree.Program, lineOf: (at: number) => number): ImportFact[] {
  const imports: ImportFact[] = [];
  const add = (specifier: string, start: number, names: readonly string[]): void => { imports.push({ specifier, line: lineOf(start), names }); };
  new Visitor({
    ImportDeclaration: (node) => add(node.source.value, node.start, node.specifiers.map((specifier) =>
      specifier.type === 'ImportSpecifier' ? nameOf(specifier.imported) : specifier.type === 'ImportDefaultSpecifier' ? 'default' : '*')),
    ExportAllDeclaration: (node) => add(node.source.value, node.start, ['*']),
    ExportNamedDeclaration: (node) => { if (node.source !== null) add(node.source.value, node.start, node.specifiers.map((specifier) => nameOf(specifier.local))); },
    ImportExpression: (node) => { if (node.source.type === 'Literal' && typeof node.source.value === 'string') add(node.source.value, node.start, ['*']); },
    TSImportType: (node) => add(node.source.value, node.start, ['*']),
  }).visit(program);
  return imports;
}

/** @throws if the source is no valid TypeScript, naming file and place. */
export function readSource(path: string, text: string): SourceFacts {
  const parsed = parseSync(path, text);
  const [error] = parsed.errors;
  if (error !== undefined) throw new Error(`${path}: ${error.message}`);
  const ends: number[] = [];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) ends.push(at);
  const lineOf = (at: number): number => ends.findLastIndex((end) => end < at) + 2;
  return {
    lines: ends.length + (text.endsWith('\n') ? 0 : 1),
    imports: collectImports(parsed.program, lineOf),
    names: collectNames(parsed.program, lineOf),
    calls: collectCalls(parsed.program, lineOf),
    forbidden: collectForbidden(parsed.program, parsed.comments, lineOf),
    implementations: collectImplementations(parsed.program),
    barrel: isBarrel(parsed.program),
  };
}
