/** Heartbeats as devices send them (docs/mqtt.md), with values that look like those of the real thing. */
import type { SimDevice, SimLink } from './inventory.ts';
import type { World } from './world.ts';

type Metrics = Record<string, number | boolean>;
const round = (value: number, digits: number): number => Number(value.toFixed(digits));
const near = (random: () => number, value: number, spread: number, digits = 1): number => round(value + (random() * 2 - 1) * spread, digits);

export function deviceMetrics(device: SimDevice, world: World, random: () => number, nowMs: number): Metrics {
  const { mains, battery } = world.power(device.site, nowMs);
  switch (device.kind) {
    case 'radio': return { rssi_dbm: near(random, -78, 6, 0), battery_v: near(random, 12.6, 0.2, 2), temp_c: near(random, 21, 2) };
    case 'repeater': return { rssi_dbm: near(random, -71, 4, 0), vswr: near(random, 1.3, 0.1, 2), duty_pct: near(random, 12, 8, 0), temp_c: near(random, 34, 3), battery_v: near(random, 13.4, 0.1, 2) };
    case 'flood-sensor': {
      const level = world.level(device.id, nowMs);
      // The last digit of a real gauge is never still; a dead one is.
      const read = level === 0 ? 0 : round(level + (random() * 2 - 1) * 0.004, 3);
      return { water_level_m: read, rain_5min_mm: round(random() * 1.5, 1), battery_v: near(random, 12.4, 0.1, 2) };
    }
    case 'ups': return { mains, battery_pct: round(battery * 100, 0), battery_min: round(battery * 30, 0), load_pct: near(random, 42, 3, 0), temp_c: near(random, 27, 1) };
    case 'depot-equipment': return { mains, running: !mains, fuel_pct: near(random, 81, 0.5, 0), voltage_v: mains ? 0 : near(random, 230, 2, 0), temp_c: near(random, 18, 1), hours_s: 1_234_800 };
    case 'link-agent': return { uptime_s: round(nowMs / 1000, 0), temp_c: near(random, 35, 2) };
    default: return { uptime_s: round(nowMs / 1000, 0) };
  }
}

const RTT_MS: Readonly<Record<string, number>> = { 'fibre': 4, 'microwave': 9, '5g': 24, '4g': 48, 'satellite': 640, 'vhf': 900, 'hf': 1500, 'mesh': 80 };
export function linkMetrics(link: SimLink, random: () => number): Metrics {
  const rtt = RTT_MS[link.bearer] ?? 50;
  return { rtt_ms: near(random, rtt, rtt * 0.15, 1), loss_pct: random() < 0.03 ? round(random() * 2, 1) : 0 };
}
