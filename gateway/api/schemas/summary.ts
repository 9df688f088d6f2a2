import type { Summary, ThresholdSummary } from '../../model/resource.ts';
import { bilingualSchema } from './parts.ts';
import { count, epochMs, id, list, named, number, object, ref, text, type NamedSchema } from './schema.ts';

const sites = (description: string): ReturnType<typeof list<string>> => list(id('Site'), description);

export const summarySchema: NamedSchema<Summary> = named('Summary', object<Summary>({
  at: epochMs('Taken at'),
  sitesIsolated: sites('Sites whose every link is down'),
  sitesDark: sites('Sites that fell silent altogether, probably without power'),
  sitesOnBackup: sites('Sites carried by a backup'),
  sitesOnLastLink: sites('Of those on backup, the ones with no further backup'),
  sitesUnprotected: sites('Sites on their preferred link with every backup down'),
  sitesUnknown: sites('Sites of which nothing can be said'),
  openAlerts: count('Open alerts'),
  notTaken: count('Of those, the ones nobody has taken'),
  thresholds: list(object<ThresholdSummary>({
    device: id('Device'), site: id('Site'), metric: text('Metric'), level: text('Name of the level'),
    value: number('Newest plausible value'), over: number('By how much it is exceeded'), unit: text('Unit of both'),
  }, 'A level that is exceeded'), 'Levels that are exceeded now'),
  impaired: list(ref(bilingualSchema), 'What the gateway itself cannot do at the moment'),
  sentence: ref(bilingualSchema),
}, 'How the city stands, in numbers and in one sentence'));
