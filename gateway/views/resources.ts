/** The engine's records as the objects of the API, the stream and the retained topics. */
import type { Alert } from '../model/alert.ts';
import { unitOf } from '../model/metrics.ts';
import type { AlertResource, DeviceResource, LinkResource, MetricResource, PathResource, SiteResource } from '../model/resource.ts';
import type { PathState } from '../model/state.ts';
import type { Site } from '../arrangement/arrangement.ts';
import { deviceEvidence, linkEvidence } from '../engine/show-evidence.ts';
import type { DeviceState, LinkState } from '../engine/subjects.ts';

export function deviceResource(state: DeviceState): DeviceResource {
  const { device, life } = state;
  const metrics: Record<string, MetricResource> = {};
  let [suspect, stale, stuck] = [false, false, false];
  for (const [name, metric] of state.metrics) {
    metrics[name] = { value: metric.value, at: metric.at, quality: metric.quality, unit: unitOf(name) };
    suspect ||= metric.quality === 'suspect';
    stale ||= metric.stale;
    stuck ||= metric.stuck;
  }
  return {
    id: device.id, name: device.name, site: device.site, kind: device.kind, presence: device.presence,
    intervalMs: device.timing.interval, deadIntervalMs: device.timing.deadInterval,
    state: {
      is: state.is, since: state.since, lastHeard: life.lastHeard, flapping: state.flapping.is,
      freshness: suspect ? 'suspect' : stale ? 'stale' : stuck ? 'stuck' : state.missing.length > 0 ? 'missing' : 'ok', verdict: state.verdict, behind: state.behind, evidence: deviceEvidence(state),
    },
    metrics,
  };
}

export function linkResource(state: LinkState): LinkResource {
  const { link, life, health } = state;
  const metrics: Record<string, MetricResource> = {};
  for (const [name, metric] of state.metrics) metrics[name] = { ...metric, quality: 'ok', unit: unitOf(name) };
  return {
    id: link.id, name: link.name, site: link.site, carrier: link.carrier, bearer: link.bearer, priority: link.priority, circuit: link.circuit,
    intervalMs: link.timing.interval, deadIntervalMs: link.timing.deadInterval,
    state: {
      is: state.is, health: health.degraded ? 'degraded' : health.windows.length === 0 ? 'unknown' : 'good', since: state.since, lastHeard: life.lastHeard,
      flapping: state.flapping.is, verdict: state.verdict, evidence: linkEvidence(state),
    },
    metrics,
  };
}

export const pathResource = (path: PathState): PathResource => path;

export function siteResource(site: Site, path: PathState | null): SiteResource {
  return {
    id: site.id, name: site.name, shortName: site.shortName, kind: site.kind, parent: site.parent, reachedThrough: site.reachedThrough, county: site.county,
    position: site.position, responsible: site.responsible, power: site.power, links: site.links, devices: site.devices, path: path === null ? null : pathResource(path),
  };
}

export function alertResource(alert: Alert): AlertResource {
  const { because, ...rest } = alert;
  return { ...rest, because: because.en, text: because };
}
