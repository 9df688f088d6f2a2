/** Alerts about the gateway itself: what it cannot do, until it can again. */
import type { AgencyId } from '../model/ids.ts';
import type { Bilingual } from '../model/text.ts';
import type { Instant } from '../model/time.ts';
import type { Context } from './context.ts';
import type { ConditionChanged, GatewayCondition } from './input.ts';

const NAMES: Readonly<Record<GatewayCondition, Bilingual>> = {
  'store-unreachable': { zh: '历史库InfluxDB', en: 'the InfluxDB history' },
  'spool-filling': { zh: '待写队列', en: 'the spool' },
  'certificate-expiry': { zh: 'TLS证书', en: 'the TLS certificate' },
  'data-dropped': { zh: '数据丢弃', en: 'dropping of data' },
};

export function takeCondition(context: Context, { condition, because }: ConditionChanged, now: Instant): void {
  const facts = {
    ladder: `gateway/${condition}`, subject: { type: 'gateway' as const, id: condition }, site: null, carrier: null, responsible: [] as AgencyId[],
    resolveAfter: context.arrangement.rules.resolveAfter, name: NAMES[condition],
  };
  context.book.set(facts, because === null ? null : {
    rank: 1, kind: condition, severity: 'orange', level: null, because, evidence: [{ type: 'gateway-check', at: now.wall, value: condition, source: 'gateway' }],
  }, now);
}
