/** The situation as readers see it, straight from the engine's state. */
import type { Severity } from '../model/alert.ts';
import type { Clock } from '../model/ports/clock.ts';
import type { Situation } from '../model/ports/situation.ts';
import type { AlertResource, DeviceResource, LinkResource, PathResource, SiteResource, Summary, ThresholdSummary } from '../model/resource.ts';
import type { Bilingual } from '../model/text.ts';
import { unitOf } from '../model/metrics.ts';
import type { Engine } from '../engine/engine.ts';
import { gaps } from '../engine/gap-ledger.ts';
import { levelsOf } from '../engine/reading-rules.ts';
import { excess } from '../engine/thresholds.ts';
import { alertResource, deviceResource, linkResource, pathResource, siteResource } from './resources.ts';
import { sentence } from './sentence.ts';

const ORDER: readonly Severity[] = ['red', 'orange', 'yellow', 'blue'];

export interface SituationOptions {
  readonly engine: Engine;
  readonly clock: Clock;
  /** What the gateway itself cannot do at the moment. */
  readonly impaired: () => readonly Bilingual[];
}

export function situationOf({ engine, clock, impaired }: SituationOptions): Situation {
  const sites = (): SiteResource[] => [...engine.sites.values()].map(({ site, path }) => siteResource(site, path));
  const situation: Situation = {
    sites,
    links: (): LinkResource[] => [...engine.links.values()].map(linkResource),
    devices: (): DeviceResource[] => [...engine.devices.values()].map(deviceResource),
    paths: (): PathResource[] => [...engine.sites.values()].flatMap(({ path }) => (path === null ? [] : [pathResource(path)])),
    alerts: (phase): AlertResource[] => {
      const open = [...engine.openAlerts()].map(alertResource).sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity) || b.openedAt - a.openedAt);
      return phase === 'open' ? open : [...open, ...[...engine.resolvedAlerts()].reverse().map(alertResource)];
    },
    site: (id) => map(engine.sites.get(id), ({ site, path }) => siteResource(site, path)),
    link: (id) => map(engine.links.get(id), linkResource),
    device: (id) => map(engine.devices.get(id), deviceResource),
    path: (id) => map(engine.sites.get(id)?.path ?? undefined, pathResource),
    alert: (id) => map(engine.alert(id), alertResource),
    gaps: (id) => map(engine.devices.get(id), ({ ledger, device }) => gaps(ledger, device.timing.interval, clock.now().wall)),
    summary: () => summarise(engine, clock.now().wall, impaired()),
  };
  return situation;
}

const map = <From, To>(value: From | undefined, turn: (value: From) => To): To | undefined => (value === undefined ? undefined : turn(value));

function summarise(engine: Engine, at: number, impaired: readonly Bilingual[]): Summary {
  const paths = [...engine.sites.values()].filter((state) => state.path !== null);
  const where = (test: (state: (typeof paths)[number]) => boolean): string[] => paths.filter(test).map((state) => state.site.id);
  const open = [...engine.openAlerts()];
  const facts = {
    sitesIsolated: where((state) => state.path?.is === 'isolated'),
    sitesDark: where((state) => state.dark !== 'no'),
    sitesOnBackup: where((state) => state.path?.is === 'failover'),
    sitesOnLastLink: where((state) => state.path?.is === 'failover' && state.path.next === null),
    sitesUnprotected: where((state) => state.path?.is === 'unprotected'),
    sitesUnknown: where((state) => state.path?.is === 'unknown'),
    openAlerts: open.length,
    // What is folded into another is answered with that one.
    notTaken: open.filter((alert) => alert.phase === 'firing' && alert.parent === null && (alert.severity === 'red' || alert.severity === 'orange')).length,
    thresholds: exceeded(engine),
    impaired,
  };
  const nameOf = (device: string): Bilingual => engine.devices.get(device)?.device.name ?? { zh: device, en: device };
  return { at, ...facts, sentence: sentence({ ...facts, nameOf }) };
}

function exceeded(engine: Engine): ThresholdSummary[] {
  const found: ThresholdSummary[] = [];
  for (const state of engine.devices.values()) {
    if (state.device.thresholds.length === 0) continue;
    for (const [metric, values] of state.metrics) {
      for (const direction of ['above', 'below'] as const) {
        const level = levelsOf(state, metric, direction)[values[direction].level];
        if (level === undefined || values.plausible === null) continue;
        const { value } = values.plausible;
        found.push({ device: state.device.id, site: state.device.site, metric, level: level.name.zh, value, over: excess(value, level), unit: unitOf(metric) });
      }
    }
  }
  return found;
}
