/** YAML text to plain data, keeping where each value stands, so that a fault can be pointed at. */
import { isAlias, isMap, isNode, isPair, isScalar, isSeq, LineCounter, parseDocument, type Document } from 'yaml';
import type { Problem } from './problem.ts';

export type Path = readonly (string | number)[];
export interface YamlSource {
  readonly file: string;
  readonly value: unknown;
  /** A problem at the value under `path`; at the key itself where `at` is `key`. Falls back to the nearest thing that exists. */
  problem(path: Path, message: string, at?: 'key' | 'value'): Problem;
}
const MAX_CHARACTERS = 8_000_000;

export function readYaml(text: string, file: string): { readonly type: 'read'; readonly source: YamlSource } | { readonly type: 'invalid'; readonly problems: readonly Problem[] } {
  if (text.length > MAX_CHARACTERS) {
    return { type: 'invalid', problems: [{ file, line: 1, column: 1, message: `the file has ${text.length} characters; at most ${MAX_CHARACTERS} are read` }] };
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, version: '1.2', uniqueKeys: true, prettyErrors: false });
  const place = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const problems = document.errors.map((error) => ({ file, ...place(error.pos[0]), message: `not valid YAML: ${error.message.split('\n')[0] ?? ''}` }));
  if (problems.length > 0) return { type: 'invalid', problems };
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    return { type: 'invalid', problems: [{ file, line: 1, column: 1, message: `not valid YAML: ${(error as Error).message}` }] };
  }
  const problem: YamlSource['problem'] = (path, message, at = 'value') => ({ file, ...place(offsetOf(document, path, at)), message });
  return { type: 'read', source: { file, value, problem } };
}

function offsetOf(document: Document, path: Path, at: 'key' | 'value'): number {
  let node: unknown = document.contents;
  let offset = isNode(node) ? node.range?.[0] ?? 0 : 0;
  for (const [index, step] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(step));
      if (pair === undefined) return offset;
      const last = index === path.length - 1;
      const target: unknown = (last && at === 'key') || pair.value === null ? pair.key : pair.value;
      if (isNode(target) && target.range) offset = target.range[0];
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      if (isNode(node) && node.range) offset = node.range[0];
    } else return offset;
  }
  return offset;
}
