import type { PathResource, SiteResource } from '../../model/resource.ts';
import { bilingualSchema, evidenceSchema, positionSchema } from './parts.ts';
import { epochMs, id, list, named, nullable, object, ref, text, word, type NamedSchema } from './schema.ts';

export const pathSchema: NamedSchema<PathResource> = named('Path', object<PathResource>({
  site: id('The site'),
  is: word(['primary', 'single', 'unprotected', 'failover', 'isolated', 'unknown'], 'How the site is connected'),
  carries: nullable(id('The link that carries it now')),
  next: nullable(id('The link that would carry it next; null: no further backup')),
  holdUntil: nullable(epochMs('When the preferred link carries again, if it stays good until then')),
  basis: word(['reported', 'inferred'], 'Who says which link carries'),
  since: epochMs('Since when it is so'),
  evidence: list(ref(evidenceSchema), 'What the state rests on'),
}, 'Which of a site\'s links carries it'));

export const siteSchema: NamedSchema<SiteResource> = named('Site', object<SiteResource>({
  id: id('The site'),
  name: ref(bilingualSchema),
  shortName: text('At most seven characters, for messages'),
  kind: text('Such as command-centre, flood-depot, hydrology-station'),
  parent: nullable(id('The site that it belongs to administratively')),
  reachedThrough: nullable(id('The site that it can only be reached through')),
  county: nullable(text('County')),
  position: positionSchema,
  responsible: nullable(id('The agency responsible for it')),
  power: nullable(id('The agency that supplies its power')),
  links: list(id('Link'), 'Ids of its links by priority'),
  devices: list(id('Device'), 'Ids of its devices'),
  path: nullable(ref(pathSchema)),
}, 'A site; `path` is null where it has no links of its own'));
