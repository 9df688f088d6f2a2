/** Errors as RFC 9457 problem documents; the codes are stable and never reused. */
import type { ProblemDocument } from './schemas/problem.ts';

const PROBLEMS = {
  'invalid-request': { status: 400, title: 'Invalid request' },
  'not-signed-in': { status: 401, title: 'Not signed in' },
  'not-allowed': { status: 403, title: 'Not allowed' },
  'wrong-host': { status: 403, title: 'Wrong host' },
  'not-found': { status: 404, title: 'Not found' },
  conflict: { status: 409, title: 'Conflict' },
  'too-large': { status: 413, title: 'Too large' },
  'not-supported': { status: 415, title: 'Not supported' },
  internal: { status: 500, title: 'Internal error' },
  'not-ready': { status: 503, title: 'Not ready' },
  'store-unavailable': { status: 503, title: 'Store unavailable' },
  'too-many-readers': { status: 503, title: 'Too many readers' },
  stopping: { status: 503, title: 'Stopping' },
} as const;
export type ProblemCode = keyof typeof PROBLEMS;
export type ProblemMembers = Pick<ProblemDocument, 'field' | 'value' | 'expected' | 'checks'>;

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** Thrown by handlers; the server turns it into its document. */
export class Problem extends Error {
  readonly document: ProblemDocument;
  constructor(code: ProblemCode, detail: string, members: ProblemMembers = {}) {
    super(detail);
    this.document = problemDocument(code, detail, members);
  }
}

export function problemDocument(code: ProblemCode, detail: string, members: ProblemMembers = {}): ProblemDocument {
  const { status, title } = PROBLEMS[code];
  return { type: `urn:lianqin:problem:${code}`, title, status, detail, ...members };
}

export const notFound = (noun: string, id: string): Problem => new Problem('not-found', `there is no ${noun} ${JSON.stringify(id)}`);

/** A parameter that is wrong in a way that no schema can say. */
export const badParameter = (field: string, value: string | number | null, expected: string): Problem =>
  new Problem('invalid-request', `${field} is ${JSON.stringify(value)}, expected ${expected}`, { field, value, expected });

/** What the server knows of an error that came out of a handler or of the framework. */
export interface HandlerError {
  readonly statusCode?: number | undefined;
  readonly validation?: readonly { readonly instancePath: string; readonly keyword: string; readonly params: Record<string, unknown>; readonly message?: string }[] | undefined;
}

/** The document for `error`, or null where it is a bug: then nothing of it may be shown. */
export function problemOf(error: HandlerError, input: Readonly<Record<string, unknown>>): ProblemDocument | null {
  if (error instanceof Problem) return error.document;
  const first = error.validation?.[0];
  if (first !== undefined) {
    const named = first.params['missingProperty'] ?? first.params['additionalProperty'];
    const field = typeof named === 'string' ? named : first.instancePath.slice(1).replaceAll('/', '.');
    const expected = expectation(first);
    const value = scalarOf(input[field]);
    return problemDocument('invalid-request', `${field} is ${value === null ? 'missing' : JSON.stringify(value)}, expected ${expected}`, { field, value, expected });
  }
  switch (error.statusCode) {
    case 400: return problemDocument('invalid-request', 'the request cannot be read as HTTP with a valid URL and headers');
    case 414: return problemDocument('not-found', 'nothing has a name as long as this');
    case 413: return problemDocument('too-large', 'the request is larger than allowed');
    case 415: return problemDocument('not-supported', 'the content type of the request is not supported');
    case 503: return problemDocument('stopping', 'the gateway is stopping');
    default: return null;
  }
}

function expectation({ keyword, params, message }: NonNullable<HandlerError['validation']>[number]): string {
  if (keyword === 'required') return 'a value';
  if (keyword === 'additionalProperties') return 'no such parameter';
  if (keyword === 'enum') return `one of ${(params['allowedValues'] as readonly unknown[]).join(', ')}`;
  return (message ?? 'a valid value').replace(/^must (be|match) /, '');
}

function scalarOf(value: unknown): string | number | boolean | null {
  if (typeof value === 'string') return value.slice(0, 200);
  return typeof value === 'number' || typeof value === 'boolean' ? value : null;
}
