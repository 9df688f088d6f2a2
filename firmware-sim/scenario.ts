/** A scenario: a YAML timeline of what happens to links, power, gauges and connections. Its words stand in docs/simulator.md. */
import { LineCounter, parseDocument, type Node } from 'yaml';
import { milliseconds } from './duration.ts';
import type { Inventory } from './inventory.ts';
import { DEFAULT_BATTERY_MS } from './power.ts';

export type Action =
  | { readonly type: 'fail-links' | 'restore-links'; readonly links: readonly string[] }
  | { readonly type: 'fail-carrier' | 'restore-carrier'; readonly carrier: string }
  | { readonly type: 'fail-mains'; readonly site: string; readonly batteryMs: number; readonly generator: 'starts' | 'fails' }
  | { readonly type: 'fail-power' | 'restore-power'; readonly site: string }
  | { readonly type: 'level'; readonly devices: readonly string[]; readonly to: number; readonly overMs: number }
  | { readonly type: 'gauge'; readonly device: string; readonly reads: 'true' | 'zero' | 'stuck' }
  /** `who`: ids of devices and links; null: all. `restart` loses what was not acknowledged and begins a new boot, `reconnect` keeps both. */
  | { readonly type: 'reconnect' | 'restart'; readonly who: readonly string[] | null };
export interface Saying { readonly zh: string; readonly en: string }
export interface Step { readonly atMs: number; readonly action: Action; readonly say: Saying | null; readonly line: number }
export interface Scenario {
  readonly file: string;
  readonly name: Saying;
  /** In the order of their time. */
  readonly steps: readonly Step[];
  readonly lengthMs: number;
  /** Begin again after `lengthMs`, with a world as new. */
  readonly repeat: boolean;
}

const ACTIONS = ['fail-links', 'restore-links', 'flap-links', 'fail-carrier', 'restore-carrier', 'fail-mains', 'fail-power', 'restore-power', 'level', 'gauge', 'reconnect', 'restart'];
const KEYS = ['name', 'length', 'repeat', 'steps'];

/** Throws with `file:line: what is wrong, what is expected`. */
export function parseScenario(text: string, file: string): Scenario {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineOf = (path: readonly (string | number)[]): number => lines.linePos((document.getIn(path, true) as Node | undefined)?.range?.[0] ?? 0).line;
  const [error] = document.errors;
  if (error !== undefined) throw new Error(`${file}:${lines.linePos(error.pos[0]).line}: not valid YAML: ${error.message.split('\n')[0] ?? ''}`);
  const at = <Value>(path: readonly (string | number)[], read: () => Value): Value => {
    try {
      return read();
    } catch (fault) {
      throw new Error(`${file}:${lineOf(path)}: ${(fault as Error).message}`, { cause: fault });
    }
  };
  const body = at([], () => fields(document.toJS(), 'the file', KEYS));
  const name = at(['name'], () => saying(body['name'], 'name'));
  const lengthMs = at(['length'], () => milliseconds(body['length'], 'length'));
  const repeat = at(['repeat'], () => flag(body['repeat'] ?? false, 'repeat'));
  const list = at(['steps'], () => array(body['steps'], 'steps'));
  const steps = list.flatMap((step, index) => at(['steps', index], () => parseStep(step, lineOf(['steps', index]))));
  for (const step of steps) if (step.atMs > lengthMs) throw new Error(`${file}:${step.line}: a step happens ${step.atMs / 1000} s after the beginning; at most the length, ${lengthMs / 1000} s, is expected`);
  return { file, name, steps: steps.toSorted((a, b) => a.atMs - b.atMs), lengthMs, repeat };
}

/** Throws for the first step that names what the arrangement does not have: it would silently do nothing. */
export function requireTargets(scenario: Scenario, inventory: Inventory): void {
  const links = new Set(inventory.links.map(({ id }) => id));
  const devices = new Set(inventory.devices.map(({ id }) => id));
  const sites = new Set([...inventory.links, ...inventory.devices].map(({ site }) => site));
  const carriers = new Set(inventory.links.map(({ carrier }) => carrier));
  for (const { action, line } of scenario.steps) {
    const need = (kind: string, known: ReadonlySet<string | null>, ids: readonly string[]): void => {
      for (const id of ids) if (!known.has(id)) throw new Error(`${scenario.file}:${line}: ${action.type} names ${id}; a ${kind} that is simulated is expected`);
    };
    if ('links' in action) need('link', links, action.links);
    if ('carrier' in action) need('carrier', carriers, [action.carrier]);
    if ('site' in action) need('site', sites, [action.site]);
    if ('devices' in action) need('device', devices, action.devices);
    if ('device' in action) need('device', devices, [action.device]);
    if ('who' in action && action.who !== null) need('device or link', new Set([...devices, ...links]), action.who);
  }
}

function parseStep(value: unknown, line: number): Step[] {
  const step = fields(value, 'a step', ['at', 'say', ...ACTIONS]);
  const atMs = milliseconds(step['at'], 'at');
  const say = step['say'] === undefined ? null : saying(step['say'], 'say');
  const [type, ...more] = Object.keys(step).filter((key) => ACTIONS.includes(key));
  if (type === undefined || more.length > 0) throw new Error(`a step does ${type === undefined ? 'nothing' : [type, ...more].join(' and ')}; exactly one of ${ACTIONS.join(', ')} is expected`);
  if (type === 'flap-links') return flaps(step[type], atMs, say, line);
  return [{ atMs, action: parseAction(type, step[type]), say, line }];
}

/** So many times down and up again; what is said is said at the first. */
function flaps(value: unknown, atMs: number, say: Saying | null, line: number): Step[] {
  const flap = fields(value, 'flap-links', ['links', 'down', 'up', 'times']);
  const links = ids(flap['links'], 'links');
  const downMs = milliseconds(flap['down'], 'down');
  const upMs = milliseconds(flap['up'], 'up');
  const times = flap['times'];
  if (typeof times !== 'number' || !Number.isInteger(times) || times < 1) throw new Error(`times is ${show(times)}; a whole number from 1 is expected`);
  return Array.from({ length: times }, (_, index) => atMs + index * (downMs + upMs)).flatMap((beginMs, index): Step[] => [
    { atMs: beginMs, action: { type: 'fail-links', links }, say: index === 0 ? say : null, line },
    { atMs: beginMs + downMs, action: { type: 'restore-links', links }, say: null, line },
  ]);
}

function parseAction(type: string, value: unknown): Action {
  switch (type) {
    case 'fail-links': case 'restore-links': return { type, links: ids(value, type) };
    case 'fail-carrier': case 'restore-carrier': return { type, carrier: id(value, type) };
    case 'fail-mains': {
      const { site, battery, generator = 'starts' } = typeof value === 'string' ? { site: value } as Fields : fields(value, type, ['site', 'battery', 'generator']);
      if (generator !== 'starts' && generator !== 'fails') throw new Error(`generator is ${show(generator)}; starts or fails is expected`);
      return { type, site: id(site, 'site'), batteryMs: battery === undefined ? DEFAULT_BATTERY_MS : milliseconds(battery, 'battery'), generator };
    }
    case 'fail-power': case 'restore-power': return { type, site: id(value, type) };
    case 'level': {
      const { devices, to, over } = fields(value, type, ['devices', 'to', 'over']);
      if (typeof to !== 'number' || !Number.isFinite(to)) throw new Error(`to is ${show(to)}; metres are expected`);
      return { type, devices: ids(devices, 'devices'), to, overMs: over === undefined ? 0 : milliseconds(over, 'over') };
    }
    case 'gauge': {
      const { device, reads } = fields(value, type, ['device', 'reads']);
      if (reads !== 'true' && reads !== 'zero' && reads !== 'stuck') throw new Error(`reads is ${show(reads)}; "true", zero or stuck is expected`);
      return { type, device: id(device, 'device'), reads };
    }
    default: return { type: type === 'restart' ? 'restart' : 'reconnect', who: value === 'all' ? null : ids(value, type) };
  }
}

type Fields = Readonly<Record<string, unknown>>;
const show = (value: unknown): string => JSON.stringify(value) ?? 'missing';

function fields(value: unknown, what: string, known: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${what} is ${show(value)}; ${known.slice(0, 4).join(', ')}${known.length > 4 ? ' ...' : ''} are expected`);
  const stranger = Object.keys(value).find((key) => !known.includes(key));
  if (stranger !== undefined) throw new Error(`${what} has ${stranger}; one of ${known.join(', ')} is expected`);
  return value as Fields;
}
function array(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error(`${what} is ${show(value)}; a list is expected`);
  return value;
}
function id(value: unknown, what: string): string {
  if (typeof value !== 'string' || value === '') throw new Error(`${what} is ${show(value)}; an id is expected`);
  return value;
}
function ids(value: unknown, what: string): readonly string[] {
  const list = [value].flat();
  if (list.length === 0) throw new Error(`${what} is []; one id or more is expected`);
  return list.map((each) => id(each, what));
}
function flag(value: unknown, what: string): boolean {
  if (typeof value !== 'boolean') throw new Error(`${what} is ${show(value)}; true or false is expected`);
  return value;
}
function saying(value: unknown, what: string): Saying {
  const { zh, en } = fields(value, what, ['zh', 'en']);
  if (typeof zh !== 'string' || typeof en !== 'string') throw new Error(`${what} is ${show(value)}; a sentence in zh and one in en are expected`);
  return { zh, en };
}
