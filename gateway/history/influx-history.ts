/**
 * InfluxDB as a history store. Its cursor is kept in the journal, in one commit with what was set aside: a batch that was written and not noted is
 * written again, with the same bytes, and overwrites itself.
 */
import type { Clock } from '../model/ports/clock.ts';
import type { HistoryQuery, HistorySeries, HistoryStatus, HistoryStore, WriteOutcome } from '../model/ports/history-store.ts';
import type { Journal, QuarantineEntry, SpoolGroup, StateRow } from '../model/ports/journal.ts';
import type { Log } from '../model/ports/log.ts';
import { decodeRecords } from '../model/spool-record.ts';
import type { DeviceKind } from '../model/state.ts';
import { wallTime, type WallTime } from '../model/time.ts';
import { InfluxBatch, type BatchServer, type DeadLetter } from './influx-batch.ts';
import { InfluxServer, type InfluxSettings } from './influx-server.ts';
import { writeLines, type InfluxTarget } from './influx-write.ts';
import { FreeTimes, linesOf, type Line, type SubjectFacts } from './record-lines.ts';
import { MEASUREMENTS, placeOf, type Measurement } from './schema.ts';

/** State row of the journal that holds the cursor. */
export const INFLUX_POSITION_KEY = 'influx/position';
/** State row: the time of the first record that went to InfluxDB; what the embedded history has from before it was never there. */
export const INFLUX_SINCE_KEY = 'influx/since';

export interface InfluxHistoryOptions {
  readonly settings: InfluxSettings;
  readonly journal: Pick<Journal, 'commit'>;
  /** What the journal held under INFLUX_POSITION_KEY; 0 at the first start. */
  readonly position: number;
  /** Under INFLUX_SINCE_KEY; null until something was written. */
  readonly since: WallTime | null;
  readonly facts: SubjectFacts;
  readonly clock: Clock;
  readonly log: Log;
}
export interface InfluxCounters {
  readonly written: number;
  readonly retries: number;
  readonly deadLetters: number;
  readonly lateDropped: number;
  /** How long the last batch took, ms. */
  readonly write_ms: number;
}

export class InfluxHistory implements HistoryStore {
  readonly #options: InfluxHistoryOptions;
  readonly #server: InfluxServer;
  readonly #target: InfluxTarget;
  readonly #times = new FreeTimes();
  #position: number;
  #since: WallTime | null;
  #prepared = false;
  /** The batch that is not written yet, with the groups that it was made of. */
  #waiting: { readonly from: number; readonly to: number; readonly batch: InfluxBatch } | null = null;
  #counters = { written: 0, retries: 0, deadLetters: 0, lateDropped: 0, write_ms: 0 };

  constructor(options: InfluxHistoryOptions) {
    const { url, database, write, token } = options.settings;
    this.#options = options;
    this.#server = new InfluxServer(options.settings);
    this.#position = options.position;
    this.#since = options.since;
    const authorization = token !== null ? `Token ${token}` : write === null ? null : `Basic ${Buffer.from(`${write.username}:${write.password}`).toString('base64')}`;
    this.#target = { url: url.replace(/\/+$/, ''), database, authorization };
  }

  get since(): WallTime | null { return this.#since; }
  get counters(): InfluxCounters { return this.#counters; }
  async position(): Promise<number> { return this.#position; }
  async prune(): Promise<number> { return 0; }
  async [Symbol.asyncDispose](): Promise<void> { /* Nothing is open between requests. */ }
  async status(): Promise<HistoryStatus> {
    return { position: this.#position, durablePosition: this.#position, points: this.#counters.written, heartbeats: 0, oldest: null };
  }

  async write(groups: readonly SpoolGroup[]): Promise<WriteOutcome> {
    const last = groups.at(-1);
    if (last === undefined) return { type: 'written', position: this.#position, points: 0 };
    const trouble = await this.#prepare();
    if (trouble !== null) return trouble;
    const to = last.first + last.count - 1;
    // Identical bytes for as long as it takes, whatever the drain reads anew behind them.
    if (this.#waiting === null) this.#waiting = { from: this.#position + 1, to, batch: new InfluxBatch(this.#linesOf(groups)) };
    const { batch, to: reached } = this.#waiting;
    const began = this.#options.clock.now().mono;
    const outcome = await batch.write(this.#batchServer());
    this.#counters = { ...this.#counters, write_ms: Math.round(this.#options.clock.now().mono - began) };
    if (outcome.type === 'unavailable') {
      this.#counters = { ...this.#counters, retries: this.#counters.retries + 1 };
      // Somebody may have dropped what was made at the start.
      if (outcome.misconfigured) this.#prepared = false;
      return { type: 'unavailable', because: outcome.because, misconfigured: outcome.misconfigured, retryAfterMs: outcome.retryAfterMs };
    }
    const stored = await this.#options.journal.commit({ state: this.#rows(reached, groups), quarantine: batch.deadLetters.map((letter) => this.#quarantined(letter)) });
    if (stored.type === 'failed') return { type: 'unavailable', because: stored.because };
    this.#note(batch);
    this.#waiting = null;
    this.#position = reached;
    this.#since ??= firstTime(groups);
    return { type: 'written', position: reached, points: batch.lines };
  }

  /** Writes lines that are not in the spool, such as those of a replay. Nothing is remembered of them. */
  async writeAside(lines: readonly Line[]): Promise<WriteOutcome> {
    const trouble = await this.#prepare();
    if (trouble !== null) return trouble;
    const batch = new InfluxBatch(lines);
    const outcome = await batch.write(this.#batchServer());
    if (outcome.type === 'unavailable') return { type: 'unavailable', because: outcome.because };
    this.#note(batch);
    return { type: 'written', position: this.#position, points: batch.lines };
  }

  async query({ subject, metric, from, to, step, limit }: HistoryQuery): Promise<HistorySeries> {
    const kind = this.#kindOf(subject);
    const { measurement, field } = placeOf(kind, metric);
    const where = `${subjectClause(subject)}${measurement === 'device_metric' ? ` AND "metric" = ${quoted(metric)}` : ''} AND time >= ${from}ms AND time < ${to}ms`;
    const rows = await this.#server.query(step === null
      ? `SELECT "${field}" AS value FROM "raw"."${measurement}" WHERE ${where} ORDER BY time LIMIT ${limit + 1}`
      : `SELECT mean("${field}") AS value FROM "raw"."${measurement}" WHERE ${where} GROUP BY time(${step}ms) fill(none) ORDER BY time LIMIT ${limit + 1}`);
    const points = rows.flatMap((row) => (typeof row['value'] === 'number' ? [[wallTime(Number(row['time'])), row['value']] as const] : []));
    return { points: points.slice(0, limit), truncated: points.length > limit };
  }

  async metrics(subject: HistoryQuery['subject']): Promise<readonly string[]> {
    const names = new Set<string>();
    const kind = this.#kindOf(subject);
    const own: Measurement[] = kind === 'link' ? ['carrier_link'] : (Object.keys(MEASUREMENTS) as Measurement[]).filter((name) => ['device_radio', 'device_flood', 'device_depot'].includes(name));
    for (const measurement of own) {
      for (const row of await this.#server.query(`SELECT last(*) FROM "raw"."${measurement}" WHERE ${subjectClause(subject)}`)) {
        for (const [column, value] of Object.entries(row)) {
          const field = column.replace(/^last_/, '');
          if (value !== null && column.startsWith('last_') && placeOf(kind, field).measurement === measurement) names.add(field);
        }
      }
    }
    const other = await this.#server.query(`SHOW TAG VALUES FROM "raw"."device_metric" WITH KEY = "metric" WHERE ${subjectClause(subject)}`);
    for (const { value } of other) if (typeof value === 'string' && !value.endsWith('.suspect')) names.add(value);
    return [...names].toSorted();
  }

  async #prepare(): Promise<Extract<WriteOutcome, { type: 'unavailable' }> | null> {
    if (this.#prepared) return null;
    try {
      await this.#server.prepare();
      this.#prepared = true;
      this.#options.log.info('InfluxDB is ready', { url: this.#target.url, database: this.#target.database });
      return null;
    } catch (error) {
      const because = (error as Error).message;
      return { type: 'unavailable', because, misconfigured: /authoriz|authentic|not found|credentials|forbidden|40[134]/i.test(because) };
    }
  }

  #rows(reached: number, groups: readonly SpoolGroup[]): StateRow[] {
    const first = this.#since === null ? firstTime(groups) : null;
    return [{ key: INFLUX_POSITION_KEY, json: String(reached) }, ...(first === null ? [] : [{ key: INFLUX_SINCE_KEY, json: String(first) }])];
  }
  #batchServer(): BatchServer {
    return {
      write: (retention, lines) => writeLines(this.#target, retention, lines, this.#options.clock),
      ping: () => this.#server.ping(),
    };
  }
  #linesOf(groups: readonly SpoolGroup[]): Line[] {
    const lines: Line[] = [];
    for (const group of groups) {
      let position = group.first;
      for (const record of decodeRecords(group.bytes)) {
        if (position++ > this.#position) lines.push(...linesOf(record, this.#options.facts, this.#times));
      }
    }
    return lines;
  }
  #kindOf({ type, id }: HistoryQuery['subject']): DeviceKind | 'link' {
    return type === 'link' ? 'link' : this.#options.facts.device(id)?.kind ?? 'other';
  }
  #quarantined({ line, because, late }: DeadLetter): QuarantineEntry {
    return { at: this.#options.clock.now().wall, topic: 'influxdb', client: '', code: late ? 'influx-late' : 'influx-refused', detail: because.slice(0, 1_000), payload: new Uint8Array(Buffer.from(line)) };
  }
  #note({ lines, deadLetters }: InfluxBatch): void {
    const late = deadLetters.filter((letter) => letter.late).length;
    this.#counters = {
      ...this.#counters, written: this.#counters.written + lines - deadLetters.length, deadLetters: this.#counters.deadLetters + deadLetters.length - late,
      lateDropped: this.#counters.lateDropped + late,
    };
  }
}

function firstTime([group]: readonly SpoolGroup[]): WallTime | null {
  for (const record of group === undefined ? [] : decodeRecords(group.bytes)) return record.receivedAt;
  return null;
}
const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
const subjectClause = ({ type, id }: HistoryQuery['subject']): string => `"${type}" = ${quoted(id)}`;
