/** What there is to simulate: read from an arrangement, as far as a simulator of its devices needs to know it. */
import { parse } from 'yaml';
import { milliseconds } from './duration.ts';

export interface SimLink { readonly id: string; readonly site: string; readonly carrier: string; readonly bearer: string; readonly priority: number; readonly intervalMs: number }
export interface SimDevice {
  readonly id: string;
  /** Null for a plain device without a place, made for load. */
  readonly site: string | null;
  readonly kind: string;
  readonly intervalMs: number;
  /** The lowest level of a gauge that somebody is told of, in metres; null where it has none. */
  readonly warningLevel: number | null;
}
export interface Inventory {
  readonly links: readonly SimLink[];
  readonly devices: readonly SimDevice[];
  /** The site through which a site is reached, for those that are behind another. */
  readonly behind: ReadonlyMap<string, string>;
}

// What docs/configuration.md gives where the arrangement says nothing.
const BEARER_MS: Readonly<Record<string, number>> = { 'fibre': 5_000, 'microwave': 5_000, '4g': 10_000, '5g': 10_000 };
const KIND_MS: Readonly<Record<string, number>> = { radio: 60_000, repeater: 60_000 };

type Entry = Readonly<Record<string, unknown>>;

/** Throws with one sentence where the text is no arrangement. */
export function readInventory(text: string): Inventory {
  const document = parseYaml(text);
  const list = (name: string): readonly Entry[] => {
    const entries = document[name];
    if (!Array.isArray(entries) || !entries.every(isEntry)) throw new Error(`the file is no arrangement: a list of ${name} is expected`);
    return entries;
  };
  const links = list('links').map((link, index): SimLink => {
    const id = word(link, 'id', `links[${index}]`);
    const bearer = typeof link['bearer'] === 'string' ? link['bearer'] : 'fibre';
    return {
      id, site: word(link, 'site', id), carrier: typeof link['carrier'] === 'string' ? link['carrier'] : '', bearer,
      priority: typeof link['priority'] === 'number' ? link['priority'] : 1, intervalMs: interval(link, id, BEARER_MS[bearer] ?? 60_000),
    };
  });
  const devices = list('devices').map((device, index): SimDevice => {
    const id = word(device, 'id', `devices[${index}]`);
    const kind = typeof device['kind'] === 'string' ? device['kind'] : 'other';
    return { id, site: word(device, 'site', id), kind, intervalMs: interval(device, id, KIND_MS[kind] ?? 30_000), warningLevel: warningLevel(device) };
  });
  const sites = Array.isArray(document['sites']) ? document['sites'].filter(isEntry) : [];
  const behind = new Map(sites.flatMap(({ id, reachedThrough }) => (typeof id === 'string' && typeof reachedThrough === 'string' ? [[id, reachedThrough] as const] : [])));
  return { links, devices, behind };
}

/** Devices without a place, for load: d0001, d0002 ... */
export function plainDevices(count: number, intervalMs: number): Inventory {
  const devices = Array.from({ length: count }, (_, index) => ({ id: `d${String(index + 1).padStart(4, '0')}`, site: null, kind: 'other', intervalMs, warningLevel: null }));
  return { links: [], devices, behind: new Map() };
}

function parseYaml(text: string): Entry {
  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    throw new Error(`the arrangement is not valid YAML: ${(error as Error).message.split('\n')[0] ?? ''}`, { cause: error });
  }
  if (!isEntry(document)) throw new Error('the file is no arrangement: lists of links and devices are expected');
  return document;
}

function isEntry(value: unknown): value is Entry {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
function word(entry: Entry, name: string, whose: string): string {
  const value = entry[name];
  if (typeof value !== 'string' || value === '') throw new Error(`${name} of ${whose} is ${JSON.stringify(value) ?? 'missing'}; an id is expected`);
  return value;
}
function interval(entry: Entry, id: string, otherwise: number): number {
  return entry['interval'] === undefined ? otherwise : milliseconds(entry['interval'], `interval of ${id}`);
}
function warningLevel(device: Entry): number | null {
  const levels = Array.isArray(device['thresholds']) ? device['thresholds'].filter(isEntry) : [];
  const above = levels.flatMap((level) => (level['metric'] === 'water_level_m' && typeof level['above'] === 'number' ? [level['above']] : []));
  return above.length === 0 ? null : Math.min(...above);
}
