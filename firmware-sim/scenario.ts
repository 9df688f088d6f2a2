/** A scenario: a YAML timeline of what happens to links, power, gauges and connections. */
import { LineCounter, parseDocument, type Node } from 'yaml';
import { milliseconds } from './duration.ts';

export type Action =
  | { readonly type: 'fail-links' | 'restore-links'; readonly links: readonly string[] }
  | { readonly type: 'fail-carrier' | 'restore-carrier'; readonly carrier: string }
  | { readonly type: 'fail-mains' | 'fail-power' | 'restore-power'; readonly site: string }
  | { readonly type: 'level'; readonly devices: readonly string[]; readonly to: number; readonly overMs: number }
  | { readonly type: 'gauge'; readonly device: string; readonly reads: 'true' | 'zero' | 'stuck' }
  | { readonly type: 'reconnect-all' };
export interface Step { readonly atMs: number; readonly action: Action; readonly say: { readonly zh: string; readonly en: string } | null }
export interface Scenario { readonly name: { readonly zh: string; readonly en: string }; readonly steps: readonly Step[]; readonly lengthMs: number; readonly repeat: boolean }

const TYPES = ['fail-links', 'restore-links', 'fail-carrier', 'restore-carrier', 'fail-mains', 'fail-power', 'restore-power', 'level', 'gauge', 'reconnect-all'];

/** Throws with `file:line: what is wrong, what is expected`. */
export function parseScenario(text: string, file: string): Scenario {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [error] = document.errors;
  if (error !== undefined) throw new Error(`${file}:${lines.linePos(error.pos[0]).line}: not valid YAML: ${error.message.split('\n')[0] ?? ''}`);
  const body = document.toJS() as { name?: { zh: string; en: string }; length?: string; repeat?: boolean; steps?: Record<string, unknown>[] } | null;
  if (body === null || typeof body !== 'object' || !Array.isArray(body.steps)) throw new Error(`${file}:1: a scenario with name, length and steps is expected`);
  const steps = body.steps.map((step, index) => {
    const node = document.getIn(['steps', index], true) as Node | undefined;
    const where = `${file}:${lines.linePos(node?.range?.[0] ?? 0).line}`;
    try {
      return parseStep(step);
    } catch (fault) {
      throw new Error(`${where}: ${(fault as Error).message}`, { cause: fault });
    }
  }).sort((a, b) => a.atMs - b.atMs);
  return { name: body.name ?? { zh: file, en: file }, steps, lengthMs: milliseconds(body.length ?? '10min', `${file}: length`), repeat: body.repeat ?? false };
}

function parseStep(step: Record<string, unknown>): Step {
  const atMs = milliseconds(step['at'], 'at');
  const [type, ...more] = Object.keys(step).filter((key) => key !== 'at' && key !== 'say');
  if (type === undefined || more.length > 0 || !TYPES.includes(type)) throw new Error(`a step does ${[type, ...more].join(', ')}; exactly one of ${TYPES.join(', ')} is expected`);
  return { atMs, action: parseAction(type, step[type]), say: (step['say'] ?? null) as Step['say'] };
}

function parseAction(type: string, value: unknown): Action {
  const text = (what: unknown, name: string): string => {
    if (typeof what !== 'string') throw new Error(`${type} has ${name} ${JSON.stringify(what)}; an id is expected`);
    return what;
  };
  switch (type) {
    case 'fail-links': case 'restore-links': return { type, links: [value].flat().map((each) => text(each, 'link')) };
    case 'fail-carrier': case 'restore-carrier': return { type, carrier: text(value, 'carrier') };
    case 'fail-mains': case 'fail-power': case 'restore-power': return { type, site: text(value, 'site') };
    case 'level': {
      const { devices, to, over } = value as { devices?: unknown; to?: unknown; over?: unknown };
      if (typeof to !== 'number') throw new Error(`level has to ${JSON.stringify(to)}; metres are expected`);
      return { type, devices: [devices].flat().map((each) => text(each, 'device')), to, overMs: milliseconds(over ?? '0s', 'over') };
    }
    case 'gauge': {
      const { device, reads } = value as { device?: unknown; reads?: unknown };
      if (reads !== 'true' && reads !== 'zero' && reads !== 'stuck') throw new Error(`gauge reads ${JSON.stringify(reads)}; "true", zero or stuck is expected`);
      return { type, device: text(device, 'device'), reads };
    }
    default: return { type: 'reconnect-all' };
  }
}
