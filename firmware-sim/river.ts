/** Water: how high it stands at each gauge, and what the gauge reads of it. Metres above the station's own datum; time is the scenario's, in ms. */
import type { SimDevice } from './inventory.ts';

interface Ramp { readonly from: number; readonly to: number; readonly beginMs: number; readonly overMs: number }
export type GaugeFault = 'zero' | 'stuck';

/** How far below its warning level a river stands on a quiet day. */
const BELOW_WARNING_M = 1.2;
/** Where a gauge without any level of its own stands. */
const UNKNOWN_GAUGE_M = 10;

export class River {
  readonly #quiet: ReadonlyMap<string, number>;
  readonly #ramps = new Map<string, Ramp>();
  readonly #faults = new Map<string, { readonly reads: GaugeFault; readonly value: number }>();

  constructor(devices: readonly SimDevice[]) {
    this.#quiet = new Map(devices.map(({ id, warningLevel }) => [id, warningLevel === null ? UNKNOWN_GAUGE_M : warningLevel - BELOW_WARNING_M]));
  }

  /** The water at `gauge` goes evenly from where it stands to `to` within `overMs`. */
  move(gauge: string, to: number, overMs: number, nowMs: number): void {
    this.#ramps.set(gauge, { from: this.level(gauge, nowMs), to, beginMs: nowMs, overMs });
  }
  /** From now on the gauge reads 0.000, or what it read last, whatever the water does. */
  breakGauge(gauge: string, reads: GaugeFault, nowMs: number): void {
    this.#faults.set(gauge, { reads, value: reads === 'zero' ? 0 : this.level(gauge, nowMs) });
  }
  mendGauge(gauge: string): void {
    this.#faults.delete(gauge);
  }

  level(gauge: string, nowMs: number): number {
    const ramp = this.#ramps.get(gauge);
    if (ramp === undefined) return this.#quiet.get(gauge) ?? UNKNOWN_GAUGE_M;
    const share = ramp.overMs === 0 ? 1 : Math.min(1, Math.max(0, (nowMs - ramp.beginMs) / ramp.overMs));
    return ramp.from + (ramp.to - ramp.from) * share;
  }
  isRising(gauge: string, nowMs: number): boolean {
    const ramp = this.#ramps.get(gauge);
    return ramp !== undefined && ramp.to > ramp.from && nowMs < ramp.beginMs + ramp.overMs;
  }
  /** What the gauge says. `ripple` is the last digit that is never still in a gauge that works; a dead or stuck one is perfectly still. */
  reading(gauge: string, nowMs: number, ripple: number): number {
    return this.#faults.get(gauge)?.value ?? this.level(gauge, nowMs) + ripple;
  }
}
