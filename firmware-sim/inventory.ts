/** What there is to simulate: read from an arrangement, as far as a simulator of its devices needs to know it. */
import { parse } from 'yaml';
import { milliseconds } from './duration.ts';

export interface SimLink { readonly id: string; readonly site: string; readonly carrier: string; readonly bearer: string; readonly priority: number; readonly intervalMs: number }
export interface SimDevice { readonly id: string; readonly site: string | null; readonly kind: string; readonly intervalMs: number; readonly warningLevel: number | null }
export interface Inventory { readonly links: readonly SimLink[]; readonly devices: readonly SimDevice[] }

const BEARER_MS: Readonly<Record<string, number>> = { 'fibre': 5_000, 'microwave': 5_000, '4g': 10_000, '5g': 10_000 };
const KIND_MS: Readonly<Record<string, number>> = { radio: 60_000, repeater: 60_000 };

interface Entry { id: string; site: string; kind?: string; carrier?: string; bearer?: string; priority?: number; interval?: string; thresholds?: { metric: string; above?: number }[] }

/** Throws with one sentence where the text is no arrangement. */
export function readInventory(text: string): Inventory {
  const document = parse(text) as { links?: Entry[]; devices?: Entry[] } | null;
  if (document === null || !Array.isArray(document.links) || !Array.isArray(document.devices)) throw new Error('the file is no arrangement: lists of links and devices are expected');
  const interval = (entry: Entry, otherwise: number): number => (entry.interval === undefined ? otherwise : milliseconds(entry.interval, `interval of ${entry.id}`));
  return {
    links: document.links.map((link) => ({
      id: link.id, site: link.site, carrier: link.carrier ?? '', bearer: link.bearer ?? 'fibre', priority: link.priority ?? 1, intervalMs: interval(link, BEARER_MS[link.bearer ?? ''] ?? 60_000),
    })),
    devices: document.devices.map((device) => ({
      id: device.id, site: device.site, kind: device.kind ?? 'other', intervalMs: interval(device, KIND_MS[device.kind ?? ''] ?? 30_000),
      warningLevel: Math.min(...(device.thresholds ?? []).filter((level) => level.metric === 'water_level_m').map((level) => level.above ?? Infinity), Infinity),
    })).map((device) => ({ ...device, warningLevel: Number.isFinite(device.warningLevel) ? device.warningLevel : null })),
  };
}

/** Devices without a place, for load. */
export function plainDevices(count: number, intervalMs: number): Inventory {
  const devices = Array.from({ length: count }, (_, index) => ({ id: `d${String(index + 1).padStart(4, '0')}`, site: null, kind: 'other', intervalMs, warningLevel: null }));
  return { links: [], devices };
}
