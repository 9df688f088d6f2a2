/** A small resolved arrangement for tests of the engine: as little as each test needs, with the defaults of the product. */
import type { Arrangement, Device, Link, MoveRule, Site, Threshold } from '../../gateway/arrangement/arrangement.ts';
import type { AgencyId, DeviceId, LinkId, SiteId } from '../../gateway/model/ids.ts';
import { millis, minutes, seconds } from '../../gateway/model/time.ts';

export const level = (above: number, severity: Threshold['severity'], zh: string, clear: number = above - 0.1): Threshold => ({
  metric: 'water_level_m', above, below: null, clear, name: { zh, en: zh }, severity,
});
export interface LinkSpec { readonly id: string; readonly bearer?: Link['bearer']; readonly interval?: number; readonly misses?: number; readonly carrier?: string; readonly causes?: readonly string[] }
export interface DeviceSpec { readonly id: string; readonly kind?: Device['kind']; readonly interval?: number; readonly presence?: Device['presence']; readonly recover?: number; readonly thresholds?: readonly Threshold[]; readonly mainsMetric?: string; readonly moves?: Record<string, MoveRule> }
export interface SiteSpec { readonly id: string; readonly county?: string; readonly links?: readonly LinkSpec[]; readonly devices?: readonly DeviceSpec[]; readonly reachedThrough?: string }

export function city(specs: readonly SiteSpec[]): Arrangement {
  const sites = new Map<SiteId, Site>();
  const links = new Map<LinkId, Link>();
  const devices = new Map<DeviceId, Device>();
  for (const spec of specs) {
    const site = spec.id as SiteId;
    for (const [index, each] of (spec.links ?? []).entries()) {
      const interval = (each.interval ?? 5) * 1000;
      const misses = each.misses ?? 3;
      links.set(each.id as LinkId, {
        id: each.id as LinkId, name: { zh: each.id, en: each.id }, site, carrier: (each.carrier ?? 'china-unicom') as AgencyId, bearer: each.bearer ?? 'fibre', priority: index + 1,
        timing: { interval: millis(interval), misses, deadInterval: millis(interval * misses), recover: 2 }, circuit: null, faultPhone: null, causes: each.causes ?? [],
      });
    }
    for (const each of spec.devices ?? []) {
      const interval = (each.interval ?? 60) * 1000;
      devices.set(each.id as DeviceId, {
        id: each.id as DeviceId, name: { zh: each.id, en: each.id }, site, kind: each.kind ?? 'flood-sensor', model: null, presence: each.presence ?? 'fixed',
        timing: { interval: millis(interval), misses: 3, deadInterval: millis(interval * 3), recover: each.recover ?? 2 }, address: null,
        plausible: new Map([['water_level_m', { min: 70, max: 85, maxSteps: [{ by: 0.5, per: minutes(5) }] }]]), thresholds: each.thresholds ?? [], mainsMetric: each.mainsMetric ?? null, moves: new Map(Object.entries(each.moves ?? {})),
      });
    }
    sites.set(site, {
      id: site, kind: 'depot', name: { zh: spec.id, en: spec.id }, shortName: spec.id, parent: null, reachedThrough: (spec.reachedThrough ?? null) as SiteId | null, county: spec.county ?? null, catchment: null,
      position: null, responsible: 'emergency-bureau' as AgencyId, power: 'grid-company' as AgencyId, links: (spec.links ?? []).map((each) => each.id as LinkId),
      devices: (spec.devices ?? []).map((each) => each.id as DeviceId), failbackAfter: seconds(60), resolveAfter: seconds(300), failoverOnDegraded: false,
    });
  }
  return {
    timeZone: 'Asia/Shanghai', digest: 'test', agencies: new Map(), contacts: new Map(), sites, links, devices, causes: new Map(), references: new Map(),
    rules: {
      resolveAfter: seconds(300), failbackAfter: seconds(60), holdTelling: seconds(3), failoverStuckAfter: seconds(30),
      flapping: { transitions: 5, within: minutes(15), stable: minutes(15) },
    },
  };
}
