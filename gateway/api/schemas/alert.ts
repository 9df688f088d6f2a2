import { ALERT_KINDS, type AlertPart, type AlertSubject } from '../../model/alert.ts';
import type { AlertResource } from '../../model/resource.ts';
import { bilingualSchema, evidenceSchema } from './parts.ts';
import { epochMs, flag, id, list, named, nullable, object, ref, text, word, type NamedSchema } from './schema.ts';

export const alertSchema: NamedSchema<AlertResource> = named('Alert', object<AlertResource>({
  id: id('The alert'),
  kind: word(ALERT_KINDS, 'What it is about'),
  severity: word(['red', 'orange', 'yellow', 'blue'], 'How urgently somebody is told, nothing else'),
  subject: object<AlertSubject>({
    type: word(['site', 'link', 'device', 'carrier', 'cause', 'area', 'gateway'], 'Kind of subject'), id: id('Its id'), metric: text('The metric, where the alert is about one'),
  }, 'What the alert is about', ['metric']),
  level: nullable(text('Name of the exceeded level, such as 警戒水位')),
  site: nullable(id('The site concerned')),
  carrier: nullable(id('The carrier concerned')),
  phase: word(['firing', 'taken', 'resolved'], 'firing until somebody responsible takes it'),
  improved: flag('Better, but not restored'),
  owner: nullable(id('The contact who took it')),
  parts: list(object<AlertPart>({ agency: id('Responsible agency'), owner: nullable(id('Its contact who took it')) }, 'One responsible agency'), 'One part for each responsible agency'),
  openedAt: epochMs('Opened'),
  toldAt: nullable(epochMs('Told; null while held or folded into its parent')),
  resolvedAt: nullable(epochMs('Ended')),
  resolution: nullable(word(['restored', 'superseded', 'removed'], 'Why it ended')),
  supersededBy: nullable(id('The alert that took its place')),
  parent: nullable(id('The alert that it is folded into')),
  drill: flag('A rehearsal'),
  because: text('The reason in English; both languages stand in `text`'),
  text: ref(bilingualSchema),
  evidence: list(ref(evidenceSchema), 'What it rests on'),
  code: nullable(text('Reply code')),
}, 'Something a person must know'));
