/** A situation that a test writes to: every change of it is told to a feed. */
import type { Situation } from '../../gateway/model/ports/situation.ts';
import type { AlertResource, DeviceResource, LinkResource, PathResource, SiteResource, Summary } from '../../gateway/model/resource.ts';
import type { Bilingual } from '../../gateway/model/text.ts';
import { wallTime } from '../../gateway/model/time.ts';
import type { AlertId, SiteId } from '../../gateway/model/ids.ts';
import type { FakeFeed } from './fake-feed.ts';

export const name = (zh: string, en: string): Bilingual => ({ zh, en });

export function fakeLink(id: string, site: string, at: number, more: Partial<Omit<LinkResource, 'state'>> = {}, state: Partial<LinkResource['state']> = {}): LinkResource {
  return {
    id, site, name: name(id, id), carrier: 'china-unicom', bearer: 'fibre', priority: 1, circuit: null, intervalMs: 5000, deadIntervalMs: 15_000,
    ...more, metrics: more.metrics ?? { rtt_ms: { value: 12.5, at, quality: 'ok', unit: 'ms' } },
    state: { is: 'up', health: 'good', since: at - 3_600_000, lastHeard: at, flapping: false, verdict: null, evidence: [{ type: 'link-heartbeat', at: wallTime(at), value: null, source: id }], ...state },
  };
}

export function fakeDevice(id: string, site: string, at: number, more: Partial<Omit<DeviceResource, 'state'>> = {}, state: Partial<DeviceResource['state']> = {}): DeviceResource {
  return {
    id, site, name: name(id, id), kind: 'other', presence: 'fixed', intervalMs: 60_000, deadIntervalMs: 180_000, metrics: {},
    ...more,
    state: { is: 'up', since: at - 3_600_000, lastHeard: at, flapping: false, freshness: 'ok', verdict: null, behind: null, evidence: [{ type: 'heartbeat', at: wallTime(at), value: null, source: id }], ...state },
  };
}

export function fakePath(site: string, at: number, more: Partial<PathResource> = {}): PathResource {
  return { site, is: 'primary', carries: null, next: null, holdUntil: null, basis: 'inferred', since: at - 3_600_000, evidence: [], ...more };
}

export function fakeSite(id: string, more: Partial<SiteResource> = {}): SiteResource {
  return {
    id, name: name(id, id), shortName: id, kind: 'depot', parent: null, reachedThrough: null, county: null, position: null, responsible: 'emergency-bureau', power: 'grid-company',
    links: [], devices: [], path: null, ...more,
  };
}

export function fakeAlert(id: string, site: string | null, at: number, text: Bilingual, more: Partial<AlertResource> = {}): AlertResource {
  return {
    id: id as AlertId, kind: 'site-failover', severity: 'yellow', subject: { type: 'site', id: site ?? 'gateway' }, level: null, site: site as SiteId | null, carrier: null, phase: 'firing', improved: false,
    owner: null, parts: [], openedAt: wallTime(at), toldAt: wallTime(at), resolvedAt: null, resolution: null, supersededBy: null, parent: null, drill: false,
    because: text.en, text, evidence: [], code: null, ...more,
  };
}

export class FakeSituation implements Situation {
  readonly siteMap: Map<string, SiteResource> = new Map();
  readonly linkMap: Map<string, LinkResource> = new Map();
  readonly deviceMap: Map<string, DeviceResource> = new Map();
  readonly pathMap: Map<string, PathResource> = new Map();
  readonly alertMap: Map<string, AlertResource> = new Map();
  impaired: readonly Bilingual[] = [];
  thresholds: Summary['thresholds'] = [];
  sentence: Bilingual = name('各站通信正常,无未接告警', 'all sites are reached, nothing is waiting');
  readonly #feed: FakeFeed;
  readonly #now: () => number;
  constructor(feed: FakeFeed, now: () => number) {
    this.#feed = feed;
    this.#now = now;
  }

  putSite(site: SiteResource): void { this.siteMap.set(site.id, site); }
  putLink(link: LinkResource): void {
    this.linkMap.set(link.id, link);
    this.#feed.publish('link', link.id, link);
  }
  putDevice(device: DeviceResource): void {
    this.deviceMap.set(device.id, device);
    this.#feed.publish('device', device.id, device);
  }
  putPath(path: PathResource): void {
    this.pathMap.set(path.site, path);
    this.#feed.publish('path', path.site, path);
  }
  putAlert(alert: AlertResource): void {
    this.alertMap.set(alert.id, alert);
    this.#feed.publish('alert', alert.id, alert);
  }

  sites(): readonly SiteResource[] { return [...this.siteMap.values()].map((site) => this.#withPath(site)); }
  links(): readonly LinkResource[] { return [...this.linkMap.values()]; }
  devices(): readonly DeviceResource[] { return [...this.deviceMap.values()]; }
  paths(): readonly PathResource[] { return [...this.pathMap.values()]; }
  alerts(phase: 'open' | 'all'): readonly AlertResource[] {
    return [...this.alertMap.values()].filter((alert) => phase === 'all' || alert.phase !== 'resolved');
  }
  site(id: string): SiteResource | undefined {
    const site = this.siteMap.get(id);
    return site === undefined ? undefined : this.#withPath(site);
  }
  link(id: string): LinkResource | undefined { return this.linkMap.get(id); }
  device(id: string): DeviceResource | undefined { return this.deviceMap.get(id); }
  path(site: string): PathResource | undefined { return this.pathMap.get(site); }
  alert(id: string): AlertResource | undefined { return this.alertMap.get(id); }

  gaps(id: string): readonly { hour: number; expected: number; received: number; late: number; duplicate: number }[] | undefined { return this.deviceMap.has(id) ? [{ hour: 0, expected: 60, received: 58, late: 1, duplicate: 2 }] : undefined; }
  summary(): Summary {
    const where = (test: (path: PathResource) => boolean): string[] => this.paths().filter(test).map((path) => path.site);
    const open = this.alerts('open');
    return {
      at: this.#now(), sitesIsolated: where((path) => path.is === 'isolated'), sitesDark: [], sitesOnBackup: where((path) => path.is === 'failover'),
      sitesOnLastLink: where((path) => path.is === 'failover' && path.next === null), sitesUnprotected: where((path) => path.is === 'unprotected'),
      sitesUnknown: where((path) => path.is === 'unknown'), openAlerts: open.length, notTaken: open.filter((alert) => alert.phase === 'firing' && alert.parent === null).length,
      thresholds: this.thresholds, impaired: this.impaired, sentence: this.sentence,
    };
  }

  #withPath(site: SiteResource): SiteResource { return { ...site, path: this.pathMap.get(site.id) ?? null }; }
}
