import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadGatewayConfig } from '../../gateway/arrangement/gateway-config.ts';
import { loadArrangement } from '../../gateway/arrangement/load-arrangement.ts';
import { printProblem } from '../../gateway/arrangement/problem.ts';

const GOOD = `timeZone: Asia/Shanghai
agencies:
  - {id: china-unicom, kind: carrier, name: {zh: 中国联通, en: China Unicom}}
sites:
  - {id: depot, kind: depot, name: {zh: 物资库, en: Depot}, reachedThrough: null, responsible: china-unicom}
links:
  - {id: depot-fibre, site: depot, carrier: china-unicom, bearer: fibre, priority: 1, interval: 5s, misses: 3}
devices:
  - {id: gauge, site: depot, kind: flood-sensor, interval: 60s, plausible: {water_level_m: [70, 85]}, thresholds: [{metric: water_level_m, above: 79.30, name: 警戒水位, severity: orange}]}
`;
const example = readFileSync(new URL('../../examples/jiamusi/arrangement.yaml', import.meta.url), 'utf8');

function problems(text: string): string[] {
  const result = loadArrangement(text, 'a.yaml');
  return result.type === 'invalid' ? result.problems.map(printProblem) : [];
}

const faults: readonly (readonly [string, string, string, string])[] = [
  ['a tab', 'kind: depot', '\tkind: depot:', 'a.yaml:5'],
  ['an unknown key', 'misses: 3', 'mises: 3', 'a.yaml:7:101: unknown key mises in links[0]; did you mean misses?'],
  ['a missing key', 'bearer: fibre, ', '', 'a.yaml:7:5: links[0] lacks bearer'],
  ['a word that is none of the choices', 'bearer: fibre', 'bearer: fiber', 'a.yaml:7:67: links[0].bearer is "fiber"; expected one of fibre, 5g, 4g, satellite, microwave, hf, vhf, mesh'],
  ['a bad duration', 'interval: 5s', 'interval: 5 seconds', 'a.yaml:7:97: links[0].interval is "5 seconds"; expected: A duration such as 500ms, 5s, 3min, 1h, 7d'],
  ['a number where a text belongs', 'id: depot,', 'id: 12,', 'a.yaml:5:10: sites[0].id is 12; expected string'],
  ['a carrier that does not exist', 'carrier: china-unicom', 'carrier: china-unicorn', 'a.yaml:7:45: carrier is "china-unicorn"; the id of an agency is expected, did you mean china-unicom?'],
  ['a site that does not exist', 'site: depot, kind', 'site: dpot, kind', 'a.yaml:9:23: site is "dpot"; the id of a site is expected, did you mean depot?'],
  ['a site behind itself', 'reachedThrough: null', 'reachedThrough: depot', 'a.yaml:5:74: reachedThrough of depot leads back to itself: depot -> depot'],
  ['an unknown time zone', 'Asia/Shanghai', 'Asia/Beijing', 'a.yaml:1:11: timeZone is "Asia/Beijing"; an IANA name such as Asia/Shanghai is expected'],
  ['a range the wrong way round', '[70, 85]', '[85, 70]', 'plausible.water_level_m is [85,70]; a smaller and a larger number are expected'],
  ['a level that can never be reached', 'above: 79.30', 'above: 99', 'threshold 警戒水位 at 99 lies outside the plausible 70 to 85 and could never be reached'],
  ['a threshold in both directions', 'above: 79.30', 'above: 79.30, below: 71', 'threshold 警戒水位 has both above and below; exactly one is expected'],
  ['a clear value above the level', 'above: 79.30', 'above: 79.30, clear: 79.40', 'clear is 79.4; a value under above (79.3) is expected'],
];

describe('the arrangement', () => {
  it('loads, with the defaults of the product', () => {
    const result = loadArrangement(GOOD, 'a.yaml');
    if (result.type !== 'loaded') throw new Error(result.problems.map(printProblem).join('\n'));
    const [link] = result.arrangement.links.values();
    expect(link).toMatchObject({ name: { zh: '中国联通光缆' }, timing: { interval: 5_000, deadInterval: 15_000, recover: 2 } });
    const [device] = result.arrangement.devices.values();
    expect(device?.thresholds[0]?.clear).toBeCloseTo(79.2);
    expect([...result.arrangement.sites.values()][0]).toMatchObject({ failbackAfter: 60_000, resolveAfter: 300_000 });
  });

  for (const [name, from, to, expected] of faults) {
    it(`says where and what, for ${name}`, () => {
      expect(GOOD).toContain(from);
      const found = problems(GOOD.replace(from, to));
      expect(found.some((line) => line.includes(expected)), found.join('\n')).toBe(true);
      for (const line of found) expect(line).toMatch(/^a\.yaml:\d+:\d+: \S/);
    });
  }

  it('says every fault at once, in the order of the file, and each once', () => {
    const found = problems(GOOD.replace('bearer: fibre', 'bearer: fiber').replace('misses: 3', 'mises: 3').replace('severity: orange', 'severity: amber').replace('{zh: 物资库, en: Depot}', '7'));
    expect(found).toHaveLength(4);
    expect(found.map((line) => Number(line.split(':')[1]))).toEqual([5, 7, 7, 9]);
  });

  it('takes the example city', () => {
    expect(problems(example)).toEqual([]);
  });

  it('never throws, whatever is cut from or put into the example', () => {
    fc.assert(fc.property(fc.nat(example.length), fc.nat(200), fc.string({ maxLength: 20 }), (at, length, insert) => {
      const result = loadArrangement(example.slice(0, at) + insert + example.slice(at + length), 'a.yaml');
      if (result.type === 'invalid') expect(result.problems.length).toBeGreaterThan(0);
    }), { numRuns: 60 });
  });
});

describe('gateway.yaml', () => {
  const load = (text: string, env: Record<string, string> = {}): string[] => {
    const result = loadGatewayConfig(text, '/etc/lianqin/gateway.yaml', env);
    return result.type === 'invalid' ? result.problems.map(printProblem) : [JSON.stringify(result.config)];
  };
  it('is overridden by the environment, key by key', () => {
    const [config] = load('arrangement: a.yaml\nmqtt: {port: 1883}\n', { LIANQIN_MQTT_PORT: '0', LIANQIN_DATA_DIR: '/tmp/x', LIANQIN_HTTP_PUBLIC_URL: 'https://l.example' });
    expect(JSON.parse(config ?? '')).toMatchObject({ arrangement: '/etc/lianqin/a.yaml', dataDir: '/tmp/x', mqtt: { port: 0 }, http: { publicUrl: 'https://l.example', port: 8080 } });
  });
  it('names the variable that holds a bad value', () => {
    expect(load('arrangement: a.yaml\n', { LIANQIN_HTTP_PORT: 'web' })).toEqual(['LIANQIN_HTTP_PORT:1:1: http.port is "web"; expected: A port; 0 is any free one']);
  });
  it('refuses a plain listener beyond this machine, and says what to do instead', () => {
    expect(load('arrangement: a.yaml\nmqtt:\n  host: 0.0.0.0\n')).toEqual([
      '/etc/lianqin/gateway.yaml:3:9: mqtt.host is "0.0.0.0"; a loopback address (127.0.0.1, ::1, localhost) is expected: for other machines set mqtt.tls (host, port, cert, key) and issue credentials',
    ]);
  });
});
