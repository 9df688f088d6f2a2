/** The arrangement document to the arrangement that the program uses - or every fault in it, each with its place. */
import { createHash } from 'node:crypto';
import type { AgencyId, ContactId, DeviceId, LinkId, SiteId } from '../model/ids.ts';
import type { Bilingual } from '../model/text.ts';
import { minutes, type Millis } from '../model/time.ts';
import { withAdopted, type AdoptedDevice } from './adopted-device.ts';
import type { Arrangement, Device, Link, PlausibleRange, Rules, Site, Threshold } from './arrangement.ts';
import { BEARER_NAMES, DEFAULT_RULES, DEVICE_PACE, LEVEL_HYSTERESIS, LINK_PACE, timing, WATER_LEVEL_STEPS } from './defaults.ts';
import { parseDuration } from './duration.ts';
import type { Problem } from './problem.ts';
import { referenceProblems } from './references.ts';
import { arrangementSchema, type ArrangementDocument } from './schema/document.ts';
import { compile, schemaProblems, show } from './validate.ts';
import { readYaml } from './yaml-source.ts';

export type LoadResult =
  | { readonly type: 'loaded'; readonly arrangement: Arrangement }
  | { readonly type: 'invalid'; readonly problems: readonly Problem[] };

const validate = compile(arrangementSchema);

/** Pure: `fileName` only names the file in problems. `adopted` are devices that were taken in at run time. */
export function loadArrangement(text: string, fileName: string, adopted: readonly AdoptedDevice[] = []): LoadResult {
  const read = readYaml(text, fileName);
  if (read.type === 'invalid') return read;
  const problems = schemaProblems(validate, read.source);
  if (problems.length > 0) return { type: 'invalid', problems: inOrder(problems) };
  const document = read.source.value as ArrangementDocument;
  const faults = referenceProblems(document, read.source);
  if (!isTimeZone(document.timeZone)) faults.push(read.source.problem(['timeZone'], `timeZone is ${show(document.timeZone)}; an IANA name such as Asia/Shanghai is expected`));
  if (faults.length > 0) return { type: 'invalid', problems: inOrder(faults) };
  const digest = createHash('sha256').update(text);
  if (adopted.length > 0) digest.update(JSON.stringify(adopted));
  return { type: 'loaded', arrangement: resolve(withAdopted(document, adopted), digest.digest('hex')) };
}

const inOrder = (problems: readonly Problem[]): Problem[] => problems.toSorted((a, b) => a.line - b.line || a.column - b.column);

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

type LocalizedDocument = string | { readonly zh: string; readonly en: string };
const bilingual = (name: LocalizedDocument): Bilingual => (typeof name === 'string' ? { zh: name, en: name } : { zh: name.zh, en: name.en });
const duration = <Default extends Millis | null>(text: string | undefined, otherwise: Default): Millis | Default => (text === undefined ? otherwise : parseDuration(text) ?? otherwise);

function resolve(document: ArrangementDocument, digest: string): Arrangement {
  const agencies = new Map(document.agencies.map((each) => [each.id as AgencyId, { id: each.id as AgencyId, kind: each.kind, name: bilingual(each.name), shortName: bilingual(each.shortName ?? each.name) }]));
  const rules = resolveRules(document.rules);
  const links = new Map(document.links.map((each) => {
    const carrier = agencies.get(each.carrier as AgencyId)?.shortName ?? { zh: each.carrier, en: each.carrier };
    return [each.id as LinkId, resolveLink(each, carrier)];
  }));
  const devices = new Map(document.devices.map((each) => [each.id as DeviceId, resolveDevice(each)]));
  const contacts = new Map((document.contacts ?? []).map((each) => [each.id as ContactId, {
    id: each.id as ContactId, agency: each.agency as AgencyId, role: each.role, name: each.name === undefined ? null : bilingual(each.name), drillable: each.drillable ?? false,
    methods: (each.methods ?? []).map(({ kind, to, ridesOn }) => ({ kind, to, ridesOn: (ridesOn ?? null) as AgencyId | null })),
  }]));
  const sites = new Map(document.sites.map((each) => [each.id as SiteId, resolveSite(each, rules, links, devices)]));
  const causes = new Map((document.causes ?? []).map(({ id, kind, name }) => [id, { id, kind, name: bilingual(name) }]));
  const references = new Map(Object.entries(document.references ?? {}).map(([carrier, addresses]) => [carrier as AgencyId, addresses as readonly string[]]));
  return { timeZone: document.timeZone, digest, agencies, contacts, sites, links, devices, causes, references, rules };
}

function resolveRules(rules: ArrangementDocument['rules']): Rules {
  return {
    resolveAfter: duration(rules?.resolveAfter, DEFAULT_RULES.resolveAfter), failbackAfter: duration(rules?.failbackAfter, DEFAULT_RULES.failbackAfter),
    holdTelling: duration(rules?.holdTelling, DEFAULT_RULES.holdTelling), failoverStuckAfter: duration(rules?.failoverStuckAfter, DEFAULT_RULES.failoverStuckAfter),
    flapping: {
      transitions: rules?.flapping?.transitions ?? DEFAULT_RULES.flapping.transitions, within: duration(rules?.flapping?.within, DEFAULT_RULES.flapping.within),
      stable: duration(rules?.flapping?.stable, DEFAULT_RULES.flapping.stable),
    },
  };
}

type SiteDocument = ArrangementDocument['sites'][number];
function resolveSite(site: SiteDocument, rules: Rules, links: ReadonlyMap<LinkId, Link>, devices: ReadonlyMap<DeviceId, Device>): Site {
  const name = bilingual(site.name);
  return {
    id: site.id as SiteId, kind: site.kind, name, shortName: site.shortName ?? name.zh, parent: (site.parent ?? null) as SiteId | null,
    reachedThrough: (site.reachedThrough ?? null) as SiteId | null, county: site.county ?? null, catchment: site.catchment ?? null,
    position: site.position === undefined ? null : { lat: site.position.lat, lon: site.position.lon },
    responsible: (site.responsible ?? null) as AgencyId | null, power: (site.power ?? null) as AgencyId | null,
    links: [...links.values()].filter((link) => link.site === site.id).sort((a, b) => a.priority - b.priority).map((link) => link.id),
    devices: [...devices.values()].filter((device) => device.site === site.id).map((device) => device.id),
    failbackAfter: duration(site.failbackAfter, rules.failbackAfter), resolveAfter: duration(site.resolveAfter, rules.resolveAfter), failoverOnDegraded: site.failoverOnDegraded ?? false,
  };
}

function resolveLink(link: ArrangementDocument['links'][number], carrier: Bilingual): Link {
  const bearer = BEARER_NAMES[link.bearer];
  return {
    id: link.id as LinkId, name: link.name === undefined ? { zh: `${carrier.zh}${bearer.zh}`, en: `${carrier.en} ${bearer.en}` } : bilingual(link.name),
    site: link.site as SiteId, carrier: link.carrier as AgencyId, bearer: link.bearer, priority: link.priority,
    timing: timing(LINK_PACE[link.bearer], duration(link.interval, null), link.misses, link.recover), circuit: link.circuit ?? null, faultPhone: link.faultPhone ?? null, causes: link.causes ?? [],
  };
}

function resolveDevice(device: ArrangementDocument['devices'][number]): Device {
  const plausible = new Map<string, PlausibleRange>();
  for (const [metric, range] of Object.entries(device.plausible ?? {})) {
    const long = Array.isArray(range) ? { min: Number(range[0]), max: Number(range[1]), maxStep: undefined } : range as { min: number; max: number; maxStep?: readonly { by: number; per: string }[] };
    const steps = long.maxStep ?? device.maxStep?.[metric];
    const maxSteps = steps?.map(({ by, per }) => ({ by, per: duration(per, WATER_LEVEL_STEPS[0]!.per) })) ?? (metric === 'water_level_m' ? WATER_LEVEL_STEPS : []);
    plausible.set(metric, { min: long.min, max: long.max, maxSteps });
  }
  return {
    id: device.id as DeviceId, name: device.name === undefined ? { zh: device.id, en: device.id } : bilingual(device.name), site: device.site as SiteId, kind: device.kind, model: device.model ?? null,
    presence: device.presence ?? 'fixed', timing: timing(DEVICE_PACE[device.kind], duration(device.interval, null), device.misses, device.recover), address: device.address ?? null,
    moves: new Map(Object.entries(device.moves ?? {}).map(([metric, rule]) => {
      const { by, within, season } = rule as { by: number; within: string; season?: { from: string; to: string } };
      return [metric, { by, within: duration(within, minutes(60)), season: season ?? null }];
    })),
    plausible, thresholds: (device.thresholds ?? []).map(resolveThreshold).sort(milderFirst),
    mainsMetric: device.mainsMetric === undefined ? (device.kind === 'ups' || device.kind === 'depot-equipment' ? 'mains' : null) : device.mainsMetric,
  };
}

function resolveThreshold(level: NonNullable<ArrangementDocument['devices'][number]['thresholds']>[number]): Threshold {
  const above = level.above ?? null;
  const below = level.below ?? null;
  const hysteresis = level.metric.endsWith('_m') ? LEVEL_HYSTERESIS : 0;
  return { metric: level.metric, above, below, clear: level.clear ?? (above !== null ? above - hysteresis : (below ?? 0) + hysteresis), name: bilingual(level.name), severity: level.severity };
}

/** By metric, then direction; within one of them the level that is reached first. */
function milderFirst(a: Threshold, b: Threshold): number {
  if (a.metric !== b.metric) return a.metric < b.metric ? -1 : 1;
  if (a.above !== null && b.above !== null) return a.above - b.above;
  if (a.below !== null && b.below !== null) return b.below - a.below;
  return a.above !== null ? -1 : 1;
}
