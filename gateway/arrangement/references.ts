/** Faults that a schema cannot see: dangling references, ids used twice, rings, levels that contradict each other. */
import type { Problem } from './problem.ts';
import type { ArrangementDocument } from './schema/document.ts';
import { nearest, show } from './validate.ts';
import type { Path, YamlSource } from './yaml-source.ts';

type Kind = 'agency' | 'contact' | 'site' | 'link' | 'device' | 'cause';

export function referenceProblems(document: ArrangementDocument, source: YamlSource): Problem[] {
  const problems: Problem[] = [];
  const say = (path: Path, message: string): void => { problems.push(source.problem(path, message)); };
  const ids = (list: readonly { readonly id: string }[] | undefined, name: string): Set<string> => {
    const seen = new Map<string, number>();
    for (const [index, { id }] of (list ?? []).entries()) {
      const first = seen.get(id);
      if (first === undefined) seen.set(id, index);
      else say([name, index, 'id'], `${name}[${index}].id is ${show(id)}, as is ${name}[${first}].id; an id is used once`);
    }
    return new Set(seen.keys());
  };
  const known: Record<Kind, Set<string>> = {
    agency: ids(document.agencies, 'agencies'), contact: ids(document.contacts, 'contacts'), site: ids(document.sites, 'sites'),
    link: ids(document.links, 'links'), device: ids(document.devices, 'devices'), cause: ids(document.causes, 'causes'),
  };
  const refer = (kind: Kind, id: string | null | undefined, path: Path): void => {
    if (id === undefined || id === null || known[kind].has(id)) return;
    const near = nearest(id, [...known[kind]]);
    say(path, `${path.filter((part) => typeof part === 'string').at(-1)} is ${show(id)}; the id of ${kind === 'agency' ? 'an' : 'a'} ${kind} is expected${near === null ? '' : `, did you mean ${near}?`}`);
  };

  document.contacts?.forEach((contact, index) => {
    refer('agency', contact.agency, ['contacts', index, 'agency']);
    contact.methods?.forEach((method, each) => { refer('agency', method.ridesOn, ['contacts', index, 'methods', each, 'ridesOn']); });
  });
  document.rosters?.forEach((roster, index) => {
    refer('agency', roster.agency, ['rosters', index, 'agency']);
    for (const list of ['shifts', 'overrides'] as const) {
      roster[list]?.forEach((shift, each) => {
        for (const slot of ['primary', 'secondary', 'leader'] as const) refer('contact', shift[slot], ['rosters', index, list, each, slot]);
      });
    }
  });
  document.sites.forEach((site, index) => {
    for (const key of ['parent', 'reachedThrough'] as const) refer('site', site[key], ['sites', index, key]);
    for (const key of ['responsible', 'power'] as const) refer('agency', site[key], ['sites', index, key]);
    refer('contact', site.keeper?.contact, ['sites', index, 'keeper', 'contact']);
    if (site.shortName === undefined && chinese(site.name).length > 7) {
      say(['sites', index, 'name'], `sites[${index}] has no shortName and its name ${show(chinese(site.name))} is over 7 characters; a shortName of at most 7 is expected`);
    }
  });
  for (const key of ['parent', 'reachedThrough'] as const) rings(document, key, say);
  links(document, say, refer);
  devices(document, say, refer);
  document.policies?.forEach((policy, index) => {
    policy.steps.forEach((step, at) => {
      step.notify.forEach((target, each) => {
        const path = ['policies', index, 'steps', at, 'notify', each];
        refer('contact', target.contact, [...path, 'contact']);
        // `owner` stands for the responsible agency of the alert.
        if (target.agency !== 'owner') refer('agency', target.agency, [...path, 'agency']);
        if ((target.agency === undefined) === (target.contact === undefined)) say(path, `notify[${each}] is ${show(target)}; either agency (with slot) or contact is expected`);
      });
    });
  });
  refer('contact', document.lastResort, ['lastResort']);
  for (const carrier of Object.keys(document.references ?? {})) refer('agency', carrier, ['references', carrier]);
  return problems;
}

type Say = (path: Path, message: string) => void;
type Refer = (kind: Kind, id: string | null | undefined, path: Path) => void;
const chinese = (name: string | { readonly zh: string }): string => (typeof name === 'string' ? name : name.zh);

function rings(document: ArrangementDocument, key: 'parent' | 'reachedThrough', say: Say): void {
  const next = new Map(document.sites.map((site) => [site.id, site[key] ?? null]));
  document.sites.forEach((site, index) => {
    const seen: string[] = [];
    for (let at: string | null = site.id; at !== null; at = next.get(at) ?? null) {
      if (seen.includes(at)) {
        if (at === site.id) say(['sites', index, key], `${key} of ${site.id} leads back to itself: ${[...seen, at].join(' -> ')}`);
        return;
      }
      seen.push(at);
    }
  });
}

function links(document: ArrangementDocument, say: Say, refer: Refer): void {
  const taken = new Map<string, string>();
  document.links.forEach((link, index) => {
    refer('site', link.site, ['links', index, 'site']);
    refer('agency', link.carrier, ['links', index, 'carrier']);
    link.causes?.forEach((cause, each) => { refer('cause', cause, ['links', index, 'causes', each]); });
    const place = `${link.site}/${link.priority}`;
    const other = taken.get(place);
    if (other !== undefined) say(['links', index, 'priority'], `priority of ${link.id} is ${link.priority}, as is that of ${other}; each link of a site has its own`);
    taken.set(place, link.id);
  });
}

function devices(document: ArrangementDocument, say: Say, refer: Refer): void {
  document.devices.forEach((device, index) => {
    refer('site', device.site, ['devices', index, 'site']);
    for (const [metric, range] of Object.entries(device.plausible ?? {})) {
      const [min, max] = Array.isArray(range) ? range as number[] : [(range as { min: number }).min, (range as { max: number }).max];
      if (min !== undefined && max !== undefined && min >= max) say(['devices', index, 'plausible', metric], `plausible.${metric} is ${show(range)}; a smaller and a larger number are expected`);
      device.thresholds?.forEach((level, each) => {
        const value = level.above ?? level.below;
        if (level.metric === metric && value !== undefined && min !== undefined && max !== undefined && (value < min || value > max)) {
          say(['devices', index, 'thresholds', each], `threshold ${chinese(level.name)} at ${value} lies outside the plausible ${min} to ${max} and could never be reached`);
        }
      });
    }
    device.thresholds?.forEach((level, each) => {
      const path = ['devices', index, 'thresholds', each];
      if ((level.above === undefined) === (level.below === undefined)) say(path, `threshold ${chinese(level.name)} has ${level.above === undefined ? 'neither' : 'both'} above and below; exactly one is expected`);
      else if (level.clear !== undefined && level.above !== undefined && level.clear >= level.above) say([...path, 'clear'], `clear is ${level.clear}; a value under above (${level.above}) is expected`);
      else if (level.clear !== undefined && level.below !== undefined && level.clear <= level.below) say([...path, 'clear'], `clear is ${level.clear}; a value over below (${level.below}) is expected`);
    });
  });
}
