/** Drives an engine through hours in milliseconds: `at` moves time on, letting every deadline come at its own moment, as the runner would. */
import type { Arrangement } from '../../gateway/arrangement/arrangement.ts';
import type { StepResult, Tell } from '../../gateway/engine/effect.ts';
import { Engine } from '../../gateway/engine/engine.ts';
import type { EngineInput } from '../../gateway/engine/input.ts';
import type { Alert } from '../../gateway/model/alert.ts';
import type { DeviceId, LinkId } from '../../gateway/model/ids.ts';
import type { StateRow } from '../../gateway/model/ports/journal.ts';
import type { TimelineEntry } from '../../gateway/model/timeline.ts';
import { monoTime, wallTime, type Instant } from '../../gateway/model/time.ts';

const PATH_LADDER: readonly string[] = ['site-unprotected', 'site-failover', 'site-isolated', 'failover-stuck'];
export const START: number = 1_790_000_000_000;

export class EngineRun {
  engine: Engine;
  ms: number = 0;
  wallOffset: number = 0;
  readonly timeline: TimelineEntry[] = [];
  readonly told: Tell[] = [];
  readonly rows: Map<string, string> = new Map();
  /** Every input with its instant, for replays. */
  readonly tape: { readonly input: EngineInput; readonly now: Instant }[] = [];
  #wakeAt: number | null = null;
  #position = 0;

  constructor(arrangement: Arrangement) {
    this.engine = new Engine({ arrangement, rows: [], timelineSeq: 0, now: this.now() });
    this.#take(this.engine.start(this.now()));
  }

  now(): Instant {
    return { wall: wallTime(START + this.ms + this.wallOffset), mono: monoTime(this.ms) };
  }
  /** Goes on to `second` after the start. */
  at(second: number): this {
    const until = second * 1000;
    while (this.#wakeAt !== null && this.#wakeAt <= until) {
      this.ms = Math.max(this.ms, this.#wakeAt);
      this.#wakeAt = null;
      this.input({ type: 'tick' });
    }
    this.ms = Math.max(this.ms, until);
    return this;
  }
  wait(seconds: number): this { return this.at(this.ms / 1000 + seconds); }
  input(input: EngineInput): this {
    this.tape.push({ input, now: this.now() });
    this.#take(this.engine.step(input, this.now()));
    return this;
  }
  link(...ids: string[]): this {
    for (const id of ids) this.input({ type: 'link-heard', link: id as LinkId });
    return this;
  }
  device(id: string, said: { via?: string; activeLink?: string; links?: Record<string, boolean> } = {}): this {
    const links = new Map(Object.entries(said.links ?? {}).map(([link, up]) => [link as LinkId, { up, rtt_ms: null, loss_pct: null }]));
    return this.input({ type: 'device-heard', device: id as DeviceId, via: (said.via ?? null) as LinkId | null, activeLink: (said.activeLink ?? null) as LinkId | null, links });
  }
  /** `ago`: seconds before its receipt that it was observed; `clock`: what the device's clock is behind, in seconds. */
  reading(id: string, metric: string, value: number, { ago = 0, clock = null }: { readonly ago?: number; readonly clock?: number | null } = {}): this {
    this.#position += 1;
    const at = this.now().wall;
    const sentAt = clock === null ? null : wallTime(at - clock * 1000);
    const observedAt = sentAt !== null ? wallTime(Math.min(at, sentAt)) : wallTime(at - ago * 1000);
    return this.input({ type: 'device-measured', device: id as DeviceId, position: this.#position, receivedAt: at, sentAt, missing: [], readings: [{ metric, value, observedAt, quality: 'ok' }] });
  }
  /** Heartbeats of the given links and devices at their pace (links 5 s, devices 60 s) until `second`. */
  keep(until: number, links: readonly string[], devices: readonly string[] = [], via?: string): this {
    for (let second = Math.ceil(this.ms / 5000) * 5; second <= until; second += 5) {
      this.at(second).link(...links);
      if (second % 60 === 0) for (const id of devices) this.device(id, via === undefined ? {} : { via });
    }
    return this.at(until);
  }
  open(): Alert[] { return [...this.engine.openAlerts()]; }
  kinds(): string[] { return this.open().map((alert) => alert.kind).sort(); }
  ladder(site: string): Alert[] {
    return this.open().filter((alert) => alert.subject.type === 'site' && alert.site === site && PATH_LADDER.includes(alert.kind));
  }
  path(site: string): string | undefined { return this.engine.sites.get(site)?.path?.is; }
  /** A crash at this moment: what was not stored is gone; the new engine starts from the rows after `downSeconds`. */
  crash(arrangement: Arrangement, downSeconds: number): this {
    const rows: StateRow[] = [...this.rows].map(([key, json]) => ({ key, json }));
    this.wallOffset += downSeconds * 1000;
    const seq = this.timeline.at(-1)?.seq ?? 0;
    this.#wakeAt = null;
    this.engine = new Engine({ arrangement, rows, timelineSeq: seq, now: this.now() });
    this.#take(this.engine.start(this.now()));
    return this;
  }
  save(): this {
    for (const row of this.engine.takeDirtyRows(this.now())) this.#store(row);
    return this;
  }

  #take(result: StepResult): void {
    this.timeline.push(...result.record);
    for (const row of result.state) this.#store(row);
    this.told.push(...result.tell);
    this.#wakeAt = result.wakeAt;
  }
  #store(row: StateRow): void {
    if (row.json === null) this.rows.delete(row.key);
    else this.rows.set(row.key, row.json);
  }
}
