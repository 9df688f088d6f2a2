/** Electricity at the sites: mains, batteries, generators. Time is the scenario's, in ms. */

export interface PowerState {
  readonly mains: boolean;
  /** What is left of the battery, 1 (full) to 0. */
  readonly battery: number;
  /** How long the battery still carries the site at this load; with mains, how long it would. */
  readonly batteryMs: number;
  /** How long the generator has run since mains was lost; 0 where there is none, or it does not run. */
  readonly generatorRunMs: number;
  readonly dark: boolean;
}
export interface MainsFailure {
  readonly site: string;
  /** What the battery carries the site for. */
  readonly batteryMs: number;
  readonly generator: 'starts' | 'fails';
}
export const DEFAULT_BATTERY_MS: number = 30 * 60_000;
/** A generator set is up to speed and takes the load this long after mains is lost. */
const GENERATOR_START_MS = 15_000;

export class PowerGrid {
  readonly #withGenerator: ReadonlySet<string>;
  readonly #lost = new Map<string, MainsFailure & { readonly atMs: number }>();
  readonly #cut = new Set<string>();

  /** `withGenerator`: the sites that have a generator set. */
  constructor(withGenerator: Iterable<string>) {
    this.#withGenerator = new Set(withGenerator);
  }

  loseMains(failure: MainsFailure, nowMs: number): void {
    this.#lost.set(failure.site, { ...failure, atMs: nowMs });
  }
  /** Everything at the site is without current at once. */
  cut(site: string): void {
    this.#cut.add(site);
  }
  restore(site: string): void {
    this.#lost.delete(site);
    this.#cut.delete(site);
  }

  at(site: string | null, nowMs: number): PowerState {
    const lost = site === null ? undefined : this.#lost.get(site);
    const cut = site !== null && this.#cut.has(site);
    if (lost === undefined) return { mains: !cut, battery: 1, batteryMs: DEFAULT_BATTERY_MS, generatorRunMs: 0, dark: cut };
    const since = Math.max(0, nowMs - lost.atMs);
    const takesOver = this.#withGenerator.has(lost.site) && lost.generator === 'starts';
    const onBattery = takesOver ? Math.min(since, GENERATOR_START_MS) : since;
    const battery = lost.batteryMs === 0 ? 0 : Math.max(0, 1 - onBattery / lost.batteryMs);
    return { mains: false, battery, batteryMs: battery * lost.batteryMs, generatorRunMs: takesOver && battery > 0 ? Math.max(0, since - GENERATOR_START_MS) : 0, dark: cut || battery === 0 };
  }
}
