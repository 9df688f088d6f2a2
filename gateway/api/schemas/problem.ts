import type { HealthCheck } from '../health.ts';
import { count, flag, list, named, nullable, object, scalar, text, type NamedSchema } from './schema.ts';

/** RFC 9457 problem document. `field`, `value`, `expected` where one input is to blame; `checks` from /readyz. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly field?: string;
  readonly value?: string | number | boolean | null;
  readonly expected?: string;
  readonly checks?: readonly HealthCheck[];
}
export interface AliveDocument { readonly alive: boolean }
export interface ReadyDocument { readonly ready: boolean; readonly checks: readonly HealthCheck[] }

const checkSchema = object<HealthCheck>({ name: text('Part of the gateway'), ok: flag('Usable'), because: nullable(text('Why not')) }, 'One part');

export const problemSchema: NamedSchema<ProblemDocument> = named('Problem', object<ProblemDocument>({
  type: text('urn:lianqin:problem:<code>; codes are stable'),
  title: text('The code in words'),
  status: count('HTTP status'),
  detail: text('What is wrong, in one sentence'),
  field: text('The parameter that is wrong'),
  value: scalar('What was given'),
  expected: text('What is expected instead'),
  checks: list(checkSchema, 'Parts of the gateway'),
}, 'An error (RFC 9457)', ['field', 'value', 'expected', 'checks']));

export const aliveSchema: NamedSchema<AliveDocument> = named('Alive', object<AliveDocument>({ alive: flag('Always true') }, 'The process runs'));
export const readySchema: NamedSchema<ReadyDocument> = named('Ready', object<ReadyDocument>(
  { ready: flag('Everything needed is usable'), checks: list(checkSchema, 'Parts of the gateway') }, 'The gateway can do its work'));
