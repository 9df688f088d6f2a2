import type { DeviceResource, GapResource } from '../../model/resource.ts';
import { evidenceSchema, bilingualSchema, metricSchema, verdictSchema } from './parts.ts';
import { count, epochMs, flag, id, list, named, nullable, object, record, ref, word, type NamedSchema } from './schema.ts';

export const deviceSchema: NamedSchema<DeviceResource> = named('Device', object<DeviceResource>({
  id: id('The device'),
  name: ref(bilingualSchema),
  site: id('The site that it belongs to'),
  kind: word(['radio', 'repeater', 'flood-sensor', 'depot-equipment', 'ups', 'vehicle', 'link-agent', 'other'], 'What it is'),
  presence: word(['fixed', 'duty', 'portable'], 'fixed: silence is a fault; duty: only on shift; portable: never'),
  intervalMs: count('Expected heartbeat interval, ms'),
  deadIntervalMs: count('Silence after which it is down, ms'),
  state: object<DeviceResource['state']>({
    is: word(['unknown', 'up', 'late', 'down', 'unreachable'], 'unreachable: silent behind an isolated site'),
    since: epochMs('Since when it is so'),
    lastHeard: nullable(epochMs('Receipt of the last accepted heartbeat')),
    flapping: flag('It changes state too often; a flag beside the state'),
    freshness: word(['ok', 'missing', 'stale', 'stuck', 'suspect'], 'The worst of its metrics'),
    verdict: verdictSchema,
    behind: nullable(id('The isolated site that it is behind, while unreachable')),
    evidence: list(ref(evidenceSchema), 'What the state rests on'),
  }, 'Liveness and what it rests on'),
  metrics: record(ref(metricSchema), 'By metric name'),
}, 'A device and how it is'));

export const gapSchema: NamedSchema<GapResource> = named('GapHour', object<GapResource>({
  hour: epochMs('Begin of the hour'), expected: count('Heartbeats that the interval lets expect'), received: count('Heartbeats that came'),
  late: count('Of those, the ones whose readings waited on their way'), duplicate: count('Heartbeats that had been here before'),
}, 'One hour of a device'));
