import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { observedAt, parseHeartbeat } from '../../gateway/model/heartbeat-payload.ts';
import { METRIC_NAME } from '../../gateway/model/metrics.ts';
import { REFUSAL_CODES } from '../../gateway/model/refusal.ts';
import { wallTime } from '../../gateway/model/time.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const KEYS = ['ts', 'seq', 'boot', 'via', 'activeLink', 'links', 'position', 'metrics', 'samples', 'quality', 'source', '__proto__', 'constructor', 'toString', 'up', 'lat', 'lon', 'rtt_ms'];
/** JSON that looks like a heartbeat often enough to get past the first checks. */
const nearly = fc.letrec<{ value: unknown; object: unknown }>((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, fc.jsonValue({ maxDepth: 1 }), fc.constantFrom('2026-07-01T08:00:00+08:00', 'missing', 'suspect', 'a-link', true, 1e308), fc.array(tie('value'), { maxLength: 3 }), tie('object')),
  object: fc.array(fc.tuple(fc.constantFrom(...KEYS), tie('value')), { maxLength: 6 }).map((entries) => ({ raw: entries })),
}));
/** Written by hand, so that `__proto__` and twice-named keys reach the text. */
function write(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'raw' in value && Array.isArray(value.raw)) {
    return `{${value.raw.map((entry: unknown) => Array.isArray(entry) ? `${JSON.stringify(entry[0])}:${write(entry[1])}` : '').join(',')}}`;
  }
  return Array.isArray(value) ? `[${value.map(write).join(',')}]` : JSON.stringify(value) ?? 'null';
}

describe('a heartbeat payload', () => {
  it('never throws, whatever the bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (payload) => {
      expect(['heartbeat', 'refused']).toContain(parseHeartbeat(payload).type);
    }));
  });

  it('holds its own type or names a reason of the catalogue in one printable line, for anything that is nearly a heartbeat', () => {
    fc.assert(fc.property(nearly.object, (document) => {
      const result = parseHeartbeat(bytes(write(document)));
      if (result.type === 'refused') {
        expect(REFUSAL_CODES).toContain(result.refusal.code);
        expect(result.refusal.detail).toMatch(/^[^\n\r]{1,300}$/);
        return;
      }
      const { heartbeat } = result;
      expect(Object.getPrototypeOf(heartbeat)).toBe(Object.prototype);
      for (const sample of heartbeat.samples) {
        for (const [name, value] of sample.metrics) {
          expect(name).toMatch(METRIC_NAME);
          expect(Number.isFinite(value)).toBe(true);
        }
        for (const name of sample.missing) expect(sample.metrics.has(name)).toBe(false);
        for (const name of sample.suspect) expect(sample.metrics.has(name)).toBe(true);
        expect(sample.metrics.size + sample.missing.length).toBeGreaterThan(0);
      }
      for (const report of heartbeat.links.values()) expect(typeof report.up).toBe('boolean');
    }), { numRuns: 1_000 });
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it('gives back every finite metric that was put in', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,20}$/);
    fc.assert(fc.property(fc.dictionary(name, fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null)), { maxKeys: 64 }), (metrics) => {
      const result = parseHeartbeat(bytes(JSON.stringify({ metrics })));
      if (result.type !== 'heartbeat') throw new Error(result.refusal.detail);
      const sample = result.heartbeat.samples[0];
      const names = Object.keys(metrics);
      expect((sample?.metrics.size ?? 0) + (sample?.missing.length ?? 0)).toBe(names.length);
      for (const each of names) {
        const value = metrics[each];
        if (value === null) expect(sample?.missing).toContain(each);
        else expect(sample?.metrics.get(each)).toBe(value === undefined ? undefined : Number(JSON.parse(JSON.stringify(Number(value)))));
      }
    }));
  });

  it('reads any instant the same from epoch milliseconds and from ISO 8601 with any offset', () => {
    fc.assert(fc.property(fc.date({ min: new Date(0), max: new Date('2100-01-01T00:00:00Z'), noInvalidDate: true }), fc.integer({ min: -14 * 60, max: 14 * 60 }), (date, offset) => {
      const local = new Date(date.getTime() + offset * 60_000);
      fc.pre(local.getTime() >= 0);
      const sign = offset < 0 ? '-' : '+';
      const two = (value: number): string => String(value).padStart(2, '0');
      const text = `${local.toISOString().slice(0, -1)}${sign}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
      const read = (ts: unknown): unknown => {
        const result = parseHeartbeat(bytes(JSON.stringify({ ts, metrics: { a: 1 } })));
        return result.type === 'heartbeat' ? result.heartbeat.samples[0]?.ts : result.refusal;
      };
      expect(read(text)).toBe(date.getTime());
      expect(read(date.getTime())).toBe(date.getTime());
    }));
  });

  it('is never observed more than 5 s after its receipt', () => {
    fc.assert(fc.property(fc.option(fc.nat(8.64e15)), fc.nat(2e12), (ts, received) => {
      const at = observedAt(ts === null ? null : wallTime(ts), wallTime(received));
      expect(at).toBeLessThanOrEqual(received + 5_000);
      expect([ts, received]).toContain(at);
    }));
  });
});
