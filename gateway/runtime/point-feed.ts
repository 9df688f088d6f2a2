/**
 * The gateway's own points for InfluxDB - states, paths, events of alerts, itself - put into the spool as records of their own, so that an InfluxDB
 * that is away for days loses none of them. States are said again every 30 s, since a chart never looks before its range.
 */
import type { Change } from '../engine/effect.ts';
import { alertLine, deviceStateLine, linkStateLine, pathLine, selfLine } from '../history/state-lines.ts';
import { ownRecord, type Line } from '../history/record-lines.ts';
import type { Clock } from '../model/ports/clock.ts';
import type { Journal, StateRow } from '../model/ports/journal.ts';
import type { Log } from '../model/ports/log.ts';
import type { Situation } from '../model/ports/situation.ts';
import { RecordGroup } from '../model/spool-record.ts';
import { seconds, type Millis, type MonoTime, type WallTime } from '../model/time.ts';

/** State row: the last timeline entry that is in the spool as a point. */
export const TIMELINE_KEY = 'influx/timeline';
const TURN: Millis = seconds(1);
const STATES_EVERY: Millis = seconds(30);
const SELF_EVERY: Millis = seconds(10);
const MAX_ENTRIES = 500;
/** Lines of one record; well under what one write request takes. */
const LINES_PER_RECORD = 500;

export interface PointFeedOptions {
  readonly situation: Situation;
  readonly journal: Pick<Journal, 'commit' | 'readTimeline'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Tag of the gateway's own points. */
  readonly instance: string;
  readonly figures: () => Promise<Readonly<Record<string, number>>>;
  readonly rows: readonly StateRow[];
}

export class PointFeed {
  readonly #options: PointFeedOptions;
  #changed = new Map<string, Change>();
  readonly #switches = new Map<string, { carries: string | null; count: number }>();
  #seq: number;
  #statesAt: MonoTime | null = null;
  #selfAt: MonoTime | null = null;
  #cancel: () => void = () => undefined;
  #turning: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: PointFeedOptions) {
    this.#options = options;
    this.#seq = Number(options.rows.find(({ key }) => key === TIMELINE_KEY)?.json ?? 0);
  }

  start(): void { this.#later(); }
  changed(change: Change): void { this.#changed.set(`${change.type}/${change.id}`, change); }

  /** Puts what there is into the spool, and ends. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel();
    await this.#turning;
    await this.#turn();
  }

  #later(): void {
    if (this.#stopped) return;
    this.#cancel = this.#options.clock.after(TURN, () => {
      this.#turning = this.#turn().catch((error: unknown) => { this.#options.log.error('points of the gateway itself could not be made', { because: String(error) }); });
      void this.#turning.then(() => { this.#later(); });
    });
  }

  async #turn(): Promise<void> {
    const { journal, clock, log } = this.#options;
    const now = clock.now();
    const changed = this.#changed;
    this.#changed = new Map();
    const everything = this.#statesAt === null || now.mono - this.#statesAt >= STATES_EVERY;
    const lines = everything ? this.#all(now.wall) : [...changed.values()].flatMap((change) => this.#of(change, now.wall));
    if (everything) this.#statesAt = now.mono;
    if (this.#selfAt === null || now.mono - this.#selfAt >= SELF_EVERY) {
      this.#selfAt = now.mono;
      lines.push(...selfLine(this.#options.instance, await this.#options.figures(), now.wall));
    }
    const { events, seq } = await this.#events();
    lines.push(...events);
    if (lines.length === 0) return;
    const outcome = await journal.commit({ spool: spooled(lines, now.wall), state: [{ key: TIMELINE_KEY, json: String(seq) }] });
    if (outcome.type === 'committed') this.#seq = seq;
    else {
      // Events are read again from the timeline; states are said again with the next round.
      this.#statesAt = null;
      log.warn('points of the gateway itself wait until commits work again', { because: outcome.because });
    }
  }

  async #events(): Promise<{ readonly events: readonly Line[]; readonly seq: number }> {
    const entries = await this.#options.journal.readTimeline({ after: this.#seq, limit: MAX_ENTRIES });
    const taken = new Map<number, number>();
    const events = entries.flatMap((entry) => {
      // One series may have several events in one millisecond, and the second would overwrite the first.
      const step = taken.get(entry.at) ?? 0;
      taken.set(entry.at, step + 1);
      return alertLine(entry, entry.alert === null ? undefined : this.#options.situation.alert(entry.alert), entry.at + step);
    });
    return { events, seq: entries.at(-1)?.seq ?? this.#seq };
  }

  #all(at: WallTime): Line[] {
    const { situation } = this.#options;
    return [
      ...situation.devices().flatMap((device) => deviceStateLine(device, at)), ...situation.links().flatMap((link) => linkStateLine(link, at)),
      ...situation.paths().flatMap((path) => pathLine(path, this.#count(path.site, path.carries), at)),
    ];
  }
  #of({ type, id }: Change, at: WallTime): readonly Line[] {
    const { situation } = this.#options;
    if (type === 'device') {
      const device = situation.device(id);
      return device === undefined ? [] : deviceStateLine(device, at);
    }
    if (type === 'link') {
      const link = situation.link(id);
      return link === undefined ? [] : linkStateLine(link, at);
    }
    const path = type === 'path' ? situation.path(id) : undefined;
    return path === undefined ? [] : pathLine(path, this.#count(id, path.carries), at);
  }

  /** How often what carries the site has changed since the start. */
  #count(site: string, carries: string | null): number {
    const known = this.#switches.get(site) ?? { carries, count: 0 };
    if (known.carries !== carries) known.count += 1;
    known.carries = carries;
    this.#switches.set(site, known);
    return known.count;
  }
}

function spooled(lines: readonly Line[], at: WallTime): { bytes: Uint8Array<ArrayBuffer>; count: number } {
  const group = new RecordGroup();
  for (let from = 0; from < lines.length; from += LINES_PER_RECORD) {
    group.append({ receivedAt: at, kind: 'p', id: 'gateway', payload: Buffer.from(ownRecord(lines.slice(from, from + LINES_PER_RECORD))) });
  }
  return group.take();
}
