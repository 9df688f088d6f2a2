/** Checks data against a JSON Schema and says each fault once, in words. */
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import type { Problem } from './problem.ts';
import type { Path, YamlSource } from './yaml-source.ts';

const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false, allowUnionTypes: true, verbose: true });

export const compile = (schema: object): ValidateFunction => ajv.compile(schema);

export function schemaProblems(validate: ValidateFunction, source: YamlSource): Problem[] {
  if (validate(source.value)) return [];
  const errors = (validate.errors ?? []).filter((error) => !isNoise(error, validate.errors ?? []));
  return errors.map((error) => describe(error, source));
}

/** Of a failed oneOf only the oneOf itself is said, and not why each of its branches failed - unless the value is an object, where the detail helps. */
function isNoise(error: ErrorObject, all: readonly ErrorObject[]): boolean {
  const within = all.some((other) => other.keyword === 'oneOf' && error !== other && error.schemaPath.startsWith(`${other.schemaPath}/`));
  return within;
}

function describe(error: ErrorObject, source: YamlSource): Problem {
  const path = error.instancePath.split('/').slice(1).map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  const field = fieldName(path);
  const value = show(error.data);
  const params = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case 'additionalProperties': {
      const key = String(params['additionalProperty']);
      const known = Object.keys((error.parentSchema as { properties?: object }).properties ?? {});
      const near = nearest(key, known);
      return source.problem([...path, key], `unknown key ${key}${field === '' ? '' : ` in ${field}`}; ${near === null ? `expected one of ${known.join(', ')}` : `did you mean ${near}?`}`, 'key');
    }
    case 'required': return source.problem(path, `${field === '' ? 'the document' : field} lacks ${String(params['missingProperty'])}`);
    case 'enum': return source.problem(path, `${field} is ${value}; expected one of ${(params['allowedValues'] as unknown[]).join(', ')}`);
    case 'type': return source.problem(path, `${field || 'the document'} is ${value}; expected ${[params['type']].flat().join(' or ')}`);
    default: {
      const hint = (error.parentSchema as { description?: string } | undefined)?.description;
      return source.problem(path, `${field} is ${value}; ${hint === undefined ? error.message ?? 'not valid' : `expected: ${hint}`}`);
    }
  }
}

/** sites[2].name for the path sites/2/name. */
export const fieldName = (path: Path): string => path.map((part) => (/^\d+$/.test(String(part)) ? `[${part}]` : `.${part}`)).join('').replace(/^\./, '');

export function show(value: unknown): string {
  const text = typeof value === 'string' ? `"${value}"` : JSON.stringify(value) ?? 'missing';
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** The candidate within two edits of `word`, if there is one. */
export function nearest(word: string, candidates: readonly string[]): string | null {
  const [best] = candidates.map((each) => ({ each, edits: distance(word.toLowerCase(), each.toLowerCase()) })).sort((a, b) => a.edits - b.edits);
  return best !== undefined && best.edits <= 2 ? best.each : null;
}

/** Levenshtein distance; words here are short. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) next[j] = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length] ?? 0;
}
