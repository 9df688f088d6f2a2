/** Plays a scenario onto a world: where its time stands, which steps are due, and when it begins again. No timer: whoever calls says how much time has passed. */
import type { Inventory } from './inventory.ts';
import type { Scenario, Step } from './scenario.ts';
import { World } from './world.ts';

export class Playback {
  readonly #scenario: Scenario;
  readonly #inventory: Inventory;
  readonly #seed: number;
  #world: World;
  #rounds = 0;
  #done = 0;
  #nowMs = 0;

  constructor(scenario: Scenario, inventory: Inventory, seed: number) {
    this.#scenario = scenario;
    this.#inventory = inventory;
    this.#seed = seed;
    this.#world = new World(inventory, seed);
  }

  /** As the last `advance` left it. */
  get world(): World { return this.#world; }
  /** The scenario's time, from 0 in each round. */
  get nowMs(): number { return this.#nowMs; }

  /** Brings the world to `elapsedMs` of the scenario's time since the start; the steps that were due, in order. */
  advance(elapsedMs: number): readonly Step[] {
    const { lengthMs, repeat } = this.#scenario;
    const due: Step[] = [];
    while (repeat && elapsedMs - this.#rounds * lengthMs >= lengthMs) {
      this.#applyUntil(lengthMs, due);
      this.#rounds += 1;
      this.#done = 0;
      this.#world = new World(this.#inventory, this.#seed);
    }
    this.#nowMs = elapsedMs - this.#rounds * lengthMs;
    this.#applyUntil(this.#nowMs, due);
    return due;
  }

  /** What is still to come in this round, soonest first; in ms of the scenario's time from now. */
  upcoming(): readonly { readonly inMs: number; readonly step: Step }[] {
    return this.#scenario.steps.slice(this.#done).map((step) => ({ inMs: Math.max(0, step.atMs - this.#nowMs), step }));
  }

  #applyUntil(untilMs: number, due: Step[]): void {
    for (let step = this.#scenario.steps[this.#done]; step !== undefined && step.atMs <= untilMs; step = this.#scenario.steps[this.#done]) {
      this.#world.apply(step.action, step.atMs);
      this.#done += 1;
      due.push(step);
    }
  }
}
