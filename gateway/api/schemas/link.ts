import type { LinkResource } from '../../model/resource.ts';
import { evidenceSchema, bilingualSchema, metricSchema, verdictSchema } from './parts.ts';
import { count, epochMs, flag, id, list, named, nullable, object, record, ref, text, word, type NamedSchema } from './schema.ts';

export const linkSchema: NamedSchema<LinkResource> = named('Link', object<LinkResource>({
  id: id('The link'),
  name: ref(bilingualSchema),
  site: id('The site that it serves'),
  carrier: id('The agency that runs it'),
  bearer: word(['fibre', '5g', '4g', 'satellite', 'microwave', 'hf', 'vhf', 'mesh'], 'How it is carried'),
  priority: count('1 is preferred'),
  circuit: nullable(text("The carrier's circuit number")),
  intervalMs: count('Expected heartbeat interval, ms'),
  deadIntervalMs: count('Silence after which it is down, ms'),
  state: object<LinkResource['state']>({
    is: word(['unknown', 'up', 'late', 'down'], 'Liveness'),
    health: word(['good', 'degraded', 'unknown'], 'By loss and round-trip time'),
    since: epochMs('Since when it is so'),
    lastHeard: nullable(epochMs('Last proof of life')),
    flapping: flag('It changes state too often; a flag beside the state'),
    verdict: verdictSchema,
    evidence: list(ref(evidenceSchema), 'What the state rests on'),
  }, 'Liveness and what it rests on'),
  metrics: record(ref(metricSchema), 'By metric name: rtt_ms, loss_pct'),
}, 'One way that a site reaches the centre'));
