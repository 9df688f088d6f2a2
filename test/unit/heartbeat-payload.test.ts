import { describe, expect, it } from 'vitest';
import { observedAt, parseHeartbeat } from '../../gateway/model/heartbeat-payload.ts';
import type { Heartbeat } from '../../gateway/model/heartbeat.ts';
import type { RefusalCode } from '../../gateway/model/refusal.ts';
import { wallTime } from '../../gateway/model/time.ts';

const read = (text: string): ReturnType<typeof parseHeartbeat> => parseHeartbeat(new TextEncoder().encode(text));
function accepted(text: string): Heartbeat {
  const result = read(text);
  if (result.type === 'refused') throw new Error(`${result.refusal.code}: ${result.refusal.detail}`);
  return result.heartbeat;
}

describe('an accepted heartbeat', () => {
  it('may say nothing at all', () => {
    expect(accepted('{}')).toEqual({ seq: null, boot: null, via: null, activeLink: null, links: new Map(), position: null, samples: [], source: null });
  });
  it('holds every field of the contract', () => {
    expect(accepted(`{"ts": 1790000000000, "seq": 4711, "boot": "7f3a", "metrics": {"rssi_dbm": -71, "battery_v": 12.6}, "position": {"lat": 46.8, "lon": 130.32},
      "via": "flood-depot-unicom-fibre", "links": {"flood-depot-mobile-5g": {"up": true, "rtt_ms": 38.2, "loss_pct": 0}}, "activeLink": "flood-depot-unicom-fibre",
      "samples": [{"ts": 1790000000000, "metrics": {"rain_5min_mm": 0.5}, "quality": {"rain_5min_mm": "missing"}}], "source": {"adapter": "sl651", "frame": "34H"}}`)).toEqual({
      seq: 4711, boot: '7f3a', via: 'flood-depot-unicom-fibre', activeLink: 'flood-depot-unicom-fibre', position: { lat: 46.8, lon: 130.32 },
      links: new Map([['flood-depot-mobile-5g', { up: true, rtt_ms: 38.2, loss_pct: 0 }]]), source: { adapter: 'sl651', frame: '34H' },
      samples: [
        { ts: 1790000000000, metrics: new Map([['rssi_dbm', -71], ['battery_v', 12.6]]), missing: [], suspect: [] },
        { ts: 1790000000000, metrics: new Map(), missing: ['rain_5min_mm'], suspect: [] },
      ],
    });
  });
  it.each([
    ['true and false are 1 and 0', '{"metrics":{"door":true,"mains":false}}', { metrics: new Map([['door', 1], ['mains', 0]]) }],
    ['null is missing', '{"metrics":{"battery_v":null}}', { metrics: new Map(), missing: ['battery_v'] }],
    ['a reading that the device doubts is suspect', '{"metrics":{"a":1},"quality":{"a":"suspect"}}', { metrics: new Map([['a', 1]]), suspect: ['a'] }],
    ['null and a missing mark count once', '{"metrics":{"a":null},"quality":{"a":"missing"}}', { missing: ['a'] }],
    ['a metric may bear the name of something every object has', '{"metrics":{"constructor":3}}', { metrics: new Map([['constructor', 3]]), suspect: [] }],
    ['a time may be ISO 8601 with an offset', '{"ts":"2026-09-21T21:33:20.5+08:00","metrics":{"a":1}}', { ts: 1789997600500 }],
  ])('%s', (_title, text, expected) => {
    expect(accepted(text).samples[0]).toMatchObject(expected);
  });
  it('ignores unknown fields, and null is the same as absent', () => {
    expect(accepted('{"fw":"1.2","seq":null,"boot":null,"metrics":null,"links":null,"position":null,"source":7,"__proto__":{"seq":1}}')).toEqual(accepted('{}'));
  });
});

describe('a refused heartbeat names its reason', () => {
  const wide = (count: number): string => JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, index) => [`m${index}`, 1])));
  const rows: readonly (readonly [string, string, RefusalCode])[] = [
    ['nothing', '', 'not-json'], ['cut off', '{"a":', 'not-json'], ['NaN', '{"metrics":{"a":NaN}}', 'not-json'], ['an array', '[]', 'not-an-object'], ['null', 'null', 'not-an-object'],
    ['a metric name with capitals', '{"metrics":{"Rssi":1}}', 'bad-metric-name'], ['a metric called __proto__', '{"metrics":{"__proto__":1}}', 'bad-metric-name'],
    ['a metric name of 65 letters', `{"metrics":{"${'a'.repeat(65)}":1}}`, 'bad-metric-name'],
    ['a metric that is text', '{"metrics":{"a":"1"}}', 'bad-metric-value'], ['a metric beyond every float', '{"metrics":{"a":1e999}}', 'bad-metric-value'],
    ['a metric that is an object', '{"metrics":{"a":{}}}', 'bad-metric-value'], ['metrics as a list', '{"metrics":[1]}', 'bad-metric-value'],
    ['65 metrics', `{"metrics":${wide(65)}}`, 'too-many-metrics'], ['65 names over two samples', `{"metrics":${wide(64)},"samples":[{"metrics":{"other":1}}]}`, 'too-many-metrics'],
    ['501 samples', `{"samples":[${Array.from({ length: 501 }, () => '{}').join(',')}]}`, 'too-many-samples'], ['samples as an object', '{"samples":{}}', 'bad-samples'],
    ['a sample that is a number', '{"samples":[1]}', 'bad-samples'], ['an unknown quality', '{"metrics":{"a":1},"quality":{"a":"good"}}', 'bad-quality'],
    ['a time without offset', '{"ts":"2026-07-01T08:00:00"}', 'bad-time'], ['30 February', '{"ts":"2026-02-30T08:00:00Z"}', 'bad-time'], ['a time before 1970', '{"ts":-1}', 'bad-time'],
    ['a time beyond every calendar', '{"ts":1e300}', 'bad-time'], ['a fractional seq', '{"seq":1.5}', 'bad-seq'], ['a negative seq', '{"seq":-1}', 'bad-seq'], ['a seq that is text', '{"seq":"1"}', 'bad-seq'],
    ['an empty boot', '{"boot":""}', 'bad-boot'], ['a boot with a line break', '{"boot":"a\\nb"}', 'bad-boot'], ['a boot that is a number', '{"boot":7}', 'bad-boot'],
    ['a via that is no id', '{"via":"a/b"}', 'bad-via'], ['a link without up', '{"links":{"a":{}}}', 'bad-links'], ['a link whose up is a number', '{"links":{"a":{"up":1}}}', 'bad-links'],
    ['a negative round-trip time', '{"links":{"a":{"up":true,"rtt_ms":-1}}}', 'bad-links'], ['a link id that is none', '{"links":{"__proto__":{"up":true}}}', 'bad-links'],
    ['a latitude of 91', '{"position":{"lat":91,"lon":0}}', 'bad-position'], ['a position without longitude', '{"position":{"lat":1}}', 'bad-position'],
  ];
  it.each(rows)('%s', (_title, text, code) => {
    expect(read(text)).toMatchObject({ type: 'refused', refusal: { code } });
  });
  it('bytes that are no UTF-8', () => {
    expect(parseHeartbeat(Uint8Array.of(0x7b, 0xff, 0x7d))).toMatchObject({ refusal: { code: 'invalid-utf8' } });
  });
  it('with field, value and what is expected', () => {
    expect(read('{"samples":[{},{"metrics":{"battery_v":"12.6"}}]}')).toMatchObject({
      refusal: { detail: 'samples[1].metrics.battery_v: "12.6": expected a finite number, true, false or null' },
    });
  });
});

describe('the time of observation', () => {
  const received = wallTime(1_790_000_000_000);
  it.each([
    ['is the device\'s own', 1_789_999_000_000, 1_789_999_000_000], ['may be 5 s ahead', 1_790_000_005_000, 1_790_000_005_000],
    ['is the receipt where the device runs further ahead', 1_790_000_005_001, 1_790_000_000_000],
  ])('%s', (_title, ts, expected) => { expect(observedAt(wallTime(ts), received)).toBe(expected); });
  it('is the receipt where the device gives none', () => { expect(observedAt(null, received)).toBe(received); });
});
