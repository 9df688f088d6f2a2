/**
 * Everything off the hot path, over node-influx: is it there, databases, retention policies, continuous queries, reading. Each call is bounded in
 * time, and an error inside an answer with status 200 is an error.
 */
import { InfluxDB } from 'influx';
import { MEASUREMENTS, RETENTION_DAYS, type Measurement } from './schema.ts';

export interface InfluxCredential { readonly username: string; readonly password: string }
export interface InfluxSettings {
  readonly url: string;
  readonly database: string;
  /** Writes points. Null where the server asks for none. */
  readonly write: InfluxCredential | null;
  readonly read: InfluxCredential | null;
  /** Creates database, retention policies and continuous queries; null: they are expected to be there. */
  readonly admin: InfluxCredential | null;
  /** InfluxDB 2 or 3: one API token instead of the three. */
  readonly token: string | null;
}
export type Row = Readonly<Record<string, unknown>>;

const TIMEOUT_MS = 10_000;
/** How far back the five-minute averages are computed again, so that late data gets into them. */
const RESAMPLE_FOR = '6h';

export class InfluxServer {
  readonly #settings: InfluxSettings;
  readonly #reader: InfluxDB;
  readonly #admin: InfluxDB;

  constructor(settings: InfluxSettings) {
    this.#settings = settings;
    this.#reader = connection(settings, settings.read ?? settings.write);
    this.#admin = connection(settings, settings.admin ?? settings.write);
  }

  async ping(): Promise<boolean> {
    const [answer] = await this.#reader.ping(5_000).catch(() => []);
    return answer?.online === true;
  }

  /** Creates what is missing and changes what differs; doing it again does nothing. Rejects with what the server said. */
  async prepare(): Promise<void> {
    const { database, token } = this.#settings;
    // On 2.x and 3.x buckets and their mapping are made by their own tools.
    if (token !== null) return;
    const admin = this.#admin;
    await admin.createDatabase(database);
    const policies = new Map((await admin.showRetentionPolicies(database)).map((policy) => [policy.name, policy]));
    for (const [name, days] of Object.entries(RETENTION_DAYS)) {
      const options = { database, duration: `${days}d`, replication: 1, isDefault: name === 'raw' };
      if (!policies.has(name)) await admin.createRetentionPolicy(name, options);
      else if (policies.get(name)?.duration !== `${days * 24}h0m0s` || policies.get(name)?.default !== options.isDefault) await admin.alterRetentionPolicy(name, options);
    }
    const there = new Map((await this.#query(admin, 'SHOW CONTINUOUS QUERIES')).map((row) => [String(row['name']), String(row['query'])]));
    for (const [name, query] of averages()) {
      if (there.get(name)?.includes(fingerprint(query)) === true) continue;
      if (there.has(name)) await admin.dropContinuousQuery(name, database);
      await admin.createContinuousQuery(name, query, database, `RESAMPLE EVERY 5m FOR ${RESAMPLE_FOR}`);
    }
  }

  /** Rows of all series of one InfluxQL statement; `time` in epoch ms. Rejects with what the server said. */
  query(influxql: string): Promise<readonly Row[]> {
    return this.#query(this.#reader, influxql);
  }

  async #query(connected: InfluxDB, influxql: string): Promise<readonly Row[]> {
    const answer = await connected.queryRaw(influxql, { database: this.#settings.database, precision: 'ms' }) as QueryAnswer;
    const rows: Row[] = [];
    for (const { error, series = [] } of answer.results ?? []) {
      if (error !== undefined) throw new Error(error);
      for (const { name, columns, tags, values = [] } of series) {
        for (const value of values) rows.push({ ...tags, name, ...Object.fromEntries(columns.map((column, index) => [column, value[index]])) });
      }
    }
    return rows;
  }
}
interface QueryAnswer {
  readonly results?: readonly {
    readonly error?: string;
    readonly series?: readonly { readonly name?: string; readonly columns: readonly string[]; readonly tags?: Row; readonly values?: readonly (readonly unknown[])[] }[];
  }[];
}

function connection({ url, database, token }: InfluxSettings, credential: InfluxCredential | null): InfluxDB {
  const { protocol, hostname, port, pathname } = new URL(url);
  const secure = protocol === 'https:';
  const { username, password } = token !== null ? { username: 'lianqin', password: token } : credential ?? { username: '', password: '' };
  return new InfluxDB({
    host: hostname.replaceAll(/[[\]]/g, ''), port: port === '' ? (secure ? 443 : 80) : Number(port), protocol: secure ? 'https' : 'http', path: pathname === '/' ? '' : pathname,
    username, password, database, pool: { maxRetries: 0, requestTimeout: TIMEOUT_MS },
  });
}

/** Five-minute values under the same names: averages, of states the worst. */
function* averages(): Generator<readonly [string, string]> {
  for (const [name, { fields, retention }] of Object.entries(MEASUREMENTS) as [Measurement, (typeof MEASUREMENTS)[Measurement]][]) {
    if (retention !== 'raw') continue;
    const selected = Object.entries(fields).filter(([field, type]) => type !== 'string' && field !== 'received_ms').map(([field, type]) => (
      field === 'state_code' ? `min("${field}") AS "${field}"` : type === 'integer' ? `last("${field}") AS "${field}"` : `mean("${field}") AS "${field}"`));
    yield [`m5_${name}`, `SELECT ${selected.join(', ')} INTO "m5"."${name}" FROM "raw"."${name}" GROUP BY time(5m), *`];
  }
}
/** The server writes a query back in its own way; the list of what is selected tells two of them apart. */
const fingerprint = (query: string): string => query.slice('SELECT '.length, query.indexOf(' INTO ')).replaceAll('"', '');
