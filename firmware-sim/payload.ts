/** Heartbeats as devices send them (docs/mqtt.md), with values that look like those of the real thing. */
import type { SimDevice, SimLink } from './inventory.ts';
import type { World } from './world.ts';

export type Metrics = Readonly<Record<string, number | boolean>>;
const round = (value: number, digits: number): number => Number(value.toFixed(digits));
const near = (random: () => number, value: number, spread: number, digits = 1): number => round(value + (random() * 2 - 1) * spread, digits);

/** How long a generator of the depot has run before, and what it burns: a set of 20 kW empties its tank within eight hours. */
const RUN_BEFORE_S = 1_234_800;
const TANK_MS = 8 * 3_600_000;

/** What `device` measures at `nowMs`. `random` is this heartbeat's own, so that the same heartbeat always says the same. */
export function deviceMetrics(device: SimDevice, world: World, random: () => number, nowMs: number): Metrics {
  const power = world.power(device.site, nowMs);
  switch (device.kind) {
    case 'radio': return { rssi_dbm: near(random, -78, 6, 0), battery_v: near(random, 12.6, 0.2, 2), duty_pct: near(random, 3, 3), temp_c: near(random, 21, 2) };
    case 'repeater': {
      const duty = near(random, 12, 8, 0);
      return { rssi_dbm: near(random, -71, 4, 0), vswr: near(random, 1.3, 0.1, 2), duty_pct: duty, temp_c: round(31 + duty * 0.3, 1), battery_v: power.mains ? near(random, 13.6, 0.05, 2) : batteryVolts(power.battery, 12) };
    }
    case 'flood-sensor': {
      const rain = world.river.isRising(device.id, nowMs) ? 2 + random() * 4 : random() * 0.4;
      return { water_level_m: round(world.river.reading(device.id, nowMs, (random() * 2 - 1) * 0.004), 3), rain_5min_mm: round(rain, 1), battery_v: near(random, 12.4, 0.1, 2) };
    }
    case 'ups': return {
      mains: power.mains, input_v: power.mains ? near(random, 228, 3) : 0, battery_pct: round(power.battery * 100, 0), battery_min: round(power.batteryMs / 60_000, 1),
      battery_v: power.mains ? near(random, 54.2, 0.1, 2) : batteryVolts(power.battery, 48), load_pct: near(random, 42, 3, 0), temp_c: near(random, power.mains ? 27 : 31, 1),
    };
    case 'depot-equipment': {
      const running = power.generatorRunMs > 0;
      return {
        mains: power.mains, running, fuel_pct: round(Math.max(0, 81 - (power.generatorRunMs / TANK_MS) * 100), 1), voltage_v: running ? near(random, 230, 2, 0) : 0,
        run_s: RUN_BEFORE_S + round(power.generatorRunMs / 1000, 0), temp_c: running ? near(random, 74, 3) : near(random, 18, 1),
      };
    }
    case 'link-agent': return { uptime_s: round(nowMs / 1000, 0), temp_c: near(random, 35, 2) };
    default: return { uptime_s: round(nowMs / 1000, 0), temp_c: near(random, 25, 2) };
  }
}

/** A lead-acid battery of `nominal` volts under load: it sags slowly, and steeply over its last fifth. */
function batteryVolts(left: number, nominal: 12 | 48): number {
  const perBlock = left > 0.2 ? 11.8 + left * 0.9 : 10.5 + left * 7.4;
  return round(perBlock * (nominal / 12), 2);
}

const RTT_MS: Readonly<Record<string, number>> = { 'fibre': 4, 'microwave': 9, '5g': 24, '4g': 48, 'satellite': 640, 'vhf': 900, 'hf': 1500, 'mesh': 80 };
/** Round-trip time and loss as the agent of a link measures them over that link. */
export function linkMetrics(link: SimLink, random: () => number): Metrics {
  const rtt = RTT_MS[link.bearer] ?? 50;
  return { rtt_ms: near(random, rtt, rtt * 0.15, 1), loss_pct: random() < 0.03 ? round(random() * 2, 1) : 0 };
}
