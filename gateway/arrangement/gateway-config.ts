/** gateway.yaml with the environment laid over it. */
import { dirname, isAbsolute, resolve } from 'node:path';
import type { FromSchema } from 'json-schema-to-ts';
import { millis, type Millis } from '../model/time.ts';
import { parseDuration } from './duration.ts';
import type { Problem } from './problem.ts';
import { durationSchema } from './schema/parts.ts';
import { compile, schemaProblems, show } from './validate.ts';
import { readYaml, type Path } from './yaml-source.ts';

const portSchema = { type: 'integer', minimum: 0, maximum: 65535, description: 'A port; 0 is any free one' } as const;
const bytesSchema = { type: 'integer', minimum: 65536, description: 'A number of bytes' } as const;

export const gatewaySchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema', title: 'Lianqin gateway', type: 'object', additionalProperties: false, required: ['arrangement'],
  properties: {
    arrangement: { type: 'string', minLength: 1, description: 'The arrangement, relative to this file' },
    dataDir: { type: 'string', minLength: 1, description: 'Folder of the stores, relative to this file; for the gateway alone' },
    mqtt: {
      type: 'object', additionalProperties: false,
      properties: {
        host: { type: 'string' }, port: portSchema as typeof portSchema, anonymousLoopback: { type: 'boolean', description: 'Clients on this machine need no sign-in' },
        ratePerClient: { type: 'integer', minimum: 1, description: 'Messages a second that one connection may send in the long run' },
        tls: {
          type: 'object', additionalProperties: false, required: ['cert', 'key'], description: 'A listener for other machines; its clients sign in',
          properties: {
            host: { type: 'string' }, port: portSchema as typeof portSchema, cert: { type: 'string', minLength: 1, description: 'PEM file of the certificate with its chain' },
            key: { type: 'string', minLength: 1, description: 'PEM file of the private key' }, clientCa: { type: 'string', minLength: 1, description: 'PEM file of the CA whose client certificates are accepted' },
          },
        },
      },
    },
    http: { type: 'object', additionalProperties: false, properties: { host: { type: 'string' }, port: portSchema as typeof portSchema, publicUrl: { type: 'string' } } },
    history: {
      type: 'object', additionalProperties: false,
      properties: {
        retention: durationSchema as typeof durationSchema, averages: durationSchema as typeof durationSchema,
        influx: {
          type: 'object', additionalProperties: false, required: ['url'], description: 'Points go to this InfluxDB; the embedded history keeps the last 48 h',
          properties: {
            url: { type: 'string', pattern: '^https?://[^/]+', description: 'Such as http://127.0.0.1:8086' }, database: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$', description: 'Letters, digits, _ and -' },
            username: { type: 'string' }, password: { type: 'string' }, readUsername: { type: 'string' }, readPassword: { type: 'string' },
            adminUsername: { type: 'string' }, adminPassword: { type: 'string' }, token: { type: 'string' },
          },
        },
      },
    },
    journal: {
      type: 'object', additionalProperties: false,
      properties: { maxBytes: bytesSchema as typeof bytesSchema, whenFull: { enum: ['refuse', 'thin'], description: 'refuse: nothing more is acknowledged; thin: the oldest telemetry goes' }, reserveBytes: { type: 'integer', minimum: 0, description: 'A number of bytes' }, quarantineMaxRows: { type: 'integer', minimum: 1 }, quarantineMaxBytes: bytesSchema as typeof bytesSchema },
    },
  },
} as const;
type GatewayDocument = FromSchema<typeof gatewaySchema>;

export interface TlsConfig {
  readonly host: string;
  readonly port: number;
  /** Absolute paths of PEM files. */
  readonly cert: string;
  readonly key: string;
  readonly clientCa: string | null;
}
export interface InfluxConfig {
  readonly url: string;
  readonly database: string;
  readonly write: { readonly username: string; readonly password: string } | null;
  readonly read: { readonly username: string; readonly password: string } | null;
  readonly admin: { readonly username: string; readonly password: string } | null;
  readonly token: string | null;
}
export interface GatewayConfig {
  /** Absolute. */
  readonly arrangement: string;
  readonly dataDir: string;
  readonly mqtt: { readonly host: string; readonly port: number; readonly anonymousLoopback: boolean; readonly ratePerClient: number; readonly tls: TlsConfig | null };
  readonly http: { readonly host: string; readonly port: number; readonly publicUrl: string | null };
  readonly history: { readonly retention: Millis; readonly averages: Millis; readonly influx: InfluxConfig | null };
  readonly journal: { readonly maxBytes: number; readonly whenFull: 'refuse' | 'thin'; readonly reserveBytes: number; readonly quarantineMaxRows: number; readonly quarantineMaxBytes: number };
}
export type ConfigResult =
  | { readonly type: 'loaded'; readonly config: GatewayConfig }
  | { readonly type: 'invalid'; readonly problems: readonly Problem[] };

/** What stands where gateway.yaml says nothing of the journal. */
export const DEFAULT_JOURNAL: GatewayConfig['journal'] = { maxBytes: 2_147_483_648, whenFull: 'refuse', reserveBytes: 16_777_216, quarantineMaxRows: 10_000, quarantineMaxBytes: 67_108_864 };

const validate = compile(gatewaySchema);

/** Every key of the file and the variable that overrides it. */
const VARIABLES: readonly { readonly name: string; readonly path: Path; readonly type: 'text' | 'number' | 'boolean' }[] = [
  { name: 'LIANQIN_ARRANGEMENT', path: ['arrangement'], type: 'text' }, { name: 'LIANQIN_DATA_DIR', path: ['dataDir'], type: 'text' },
  { name: 'LIANQIN_MQTT_HOST', path: ['mqtt', 'host'], type: 'text' }, { name: 'LIANQIN_MQTT_PORT', path: ['mqtt', 'port'], type: 'number' },
  { name: 'LIANQIN_MQTT_RATE_PER_CLIENT', path: ['mqtt', 'ratePerClient'], type: 'number' }, { name: 'LIANQIN_MQTT_TLS_HOST', path: ['mqtt', 'tls', 'host'], type: 'text' },
  { name: 'LIANQIN_MQTT_TLS_PORT', path: ['mqtt', 'tls', 'port'], type: 'number' }, { name: 'LIANQIN_MQTT_TLS_CERT', path: ['mqtt', 'tls', 'cert'], type: 'text' },
  { name: 'LIANQIN_MQTT_TLS_KEY', path: ['mqtt', 'tls', 'key'], type: 'text' }, { name: 'LIANQIN_MQTT_TLS_CLIENT_CA', path: ['mqtt', 'tls', 'clientCa'], type: 'text' },
  { name: 'LIANQIN_MQTT_ANONYMOUS_LOOPBACK', path: ['mqtt', 'anonymousLoopback'], type: 'boolean' }, { name: 'LIANQIN_HTTP_HOST', path: ['http', 'host'], type: 'text' },
  { name: 'LIANQIN_HTTP_PORT', path: ['http', 'port'], type: 'number' }, { name: 'LIANQIN_HTTP_PUBLIC_URL', path: ['http', 'publicUrl'], type: 'text' },
  { name: 'LIANQIN_HISTORY_AVERAGES', path: ['history', 'averages'], type: 'text' }, { name: 'LIANQIN_HISTORY_RETENTION', path: ['history', 'retention'], type: 'text' }, { name: 'LIANQIN_HISTORY_INFLUX_URL', path: ['history', 'influx', 'url'], type: 'text' },
  { name: 'LIANQIN_HISTORY_INFLUX_DATABASE', path: ['history', 'influx', 'database'], type: 'text' }, { name: 'LIANQIN_HISTORY_INFLUX_USERNAME', path: ['history', 'influx', 'username'], type: 'text' },
  { name: 'LIANQIN_HISTORY_INFLUX_PASSWORD', path: ['history', 'influx', 'password'], type: 'text' }, { name: 'LIANQIN_HISTORY_INFLUX_READ_USERNAME', path: ['history', 'influx', 'readUsername'], type: 'text' },
  { name: 'LIANQIN_HISTORY_INFLUX_READ_PASSWORD', path: ['history', 'influx', 'readPassword'], type: 'text' }, { name: 'LIANQIN_HISTORY_INFLUX_ADMIN_USERNAME', path: ['history', 'influx', 'adminUsername'], type: 'text' },
  { name: 'LIANQIN_HISTORY_INFLUX_ADMIN_PASSWORD', path: ['history', 'influx', 'adminPassword'], type: 'text' }, { name: 'LIANQIN_HISTORY_INFLUX_TOKEN', path: ['history', 'influx', 'token'], type: 'text' },
  { name: 'LIANQIN_JOURNAL_MAX_BYTES', path: ['journal', 'maxBytes'], type: 'number' },
  { name: 'LIANQIN_JOURNAL_WHEN_FULL', path: ['journal', 'whenFull'], type: 'text' }, { name: 'LIANQIN_JOURNAL_RESERVE_BYTES', path: ['journal', 'reserveBytes'], type: 'number' },
  { name: 'LIANQIN_JOURNAL_QUARANTINE_MAX_ROWS', path: ['journal', 'quarantineMaxRows'], type: 'number' }, { name: 'LIANQIN_JOURNAL_QUARANTINE_MAX_BYTES', path: ['journal', 'quarantineMaxBytes'], type: 'number' },
];

/** Pure: `fileName` gives the folder that relative paths start from. */
export function loadGatewayConfig(text: string, fileName: string, env: Readonly<Record<string, string | undefined>>): ConfigResult {
  const read = readYaml(text, fileName);
  if (read.type === 'invalid') return read;
  const problems = schemaProblems(validate, read.source);
  if (problems.length > 0) return { type: 'invalid', problems };
  const document = structuredClone(read.source.value) as GatewayDocument;
  const origin = new Map<string, string>();
  for (const { name, path, type } of VARIABLES) {
    const value = env[name];
    if (value === undefined || value === '') continue;
    put(document as Record<string, unknown>, path, type === 'number' ? Number(value) : type === 'boolean' ? value === 'true' || (value === 'false' ? false : value) : value);
    origin.set(path.join('.'), name);
  }
  const at = (path: Path, message: string): Problem => {
    const variable = origin.get(path.join('.'));
    return variable === undefined ? read.source.problem(path, message) : { file: variable, line: 1, column: 1, message };
  };
  if (!validate(document)) {
    const faults = [...origin].filter(([key]) => (validate.errors ?? []).some((error) => error.instancePath === `/${key.replaceAll('.', '/')}`));
    return { type: 'invalid', problems: faults.map(([key, name]) => ({ file: name, line: 1, column: 1, message: `${key} is ${show(env[name])}; expected: ${hint(key)}` })) };
  }
  const folder = dirname(resolve(fileName));
  const absolute = (path: string): string => (isAbsolute(path) ? path : resolve(folder, path));
  const config: GatewayConfig = {
    arrangement: absolute(document.arrangement), dataDir: origin.has('dataDir') ? resolve(document.dataDir ?? 'data') : absolute(document.dataDir ?? 'data'),
    mqtt: {
      host: document.mqtt?.host ?? '127.0.0.1', port: document.mqtt?.port ?? 1883, anonymousLoopback: document.mqtt?.anonymousLoopback ?? false,
      ratePerClient: document.mqtt?.ratePerClient ?? 2_000, tls: tlsConfig(document.mqtt?.tls, absolute),
    },
    http: { host: document.http?.host ?? '127.0.0.1', port: document.http?.port ?? 8080, publicUrl: document.http?.publicUrl ?? null },
    history: { retention: parseDuration(document.history?.retention ?? '30d') ?? millis(2_592_000_000), averages: parseDuration(document.history?.averages ?? '400d') ?? millis(34_560_000_000), influx: influxConfig(document.history?.influx) },
    journal: { ...DEFAULT_JOURNAL, ...document.journal },
  };
  const hosts = (['mqtt', 'http'] as const).filter((each) => !isLoopback(config[each].host)).map((each) => at([each, 'host'], `${each}.host is ${show(config[each].host)}; a loopback address (127.0.0.1, ::1, localhost) is expected${
    each === 'mqtt' ? ': for other machines set mqtt.tls (host, port, cert, key) and issue credentials' : ' until people can sign in'}`));
  return hosts.length > 0 ? { type: 'invalid', problems: hosts } : { type: 'loaded', config };
}

function tlsConfig(tls: NonNullable<GatewayDocument['mqtt']>['tls'], absolute: (path: string) => string): TlsConfig | null {
  if (tls === undefined) return null;
  return { host: tls.host ?? '::', port: tls.port ?? 8883, cert: absolute(tls.cert), key: absolute(tls.key), clientCa: tls.clientCa === undefined ? null : absolute(tls.clientCa) };
}
function influxConfig(influx: NonNullable<GatewayDocument['history']>['influx']): InfluxConfig | null {
  if (influx === undefined) return null;
  const credential = (username: string | undefined, password: string | undefined): InfluxConfig['write'] => (username === undefined ? null : { username, password: password ?? '' });
  return {
    url: influx.url.replace(/\/+$/, ''), database: influx.database ?? 'lianqin', write: credential(influx.username, influx.password),
    read: credential(influx.readUsername, influx.readPassword), admin: credential(influx.adminUsername, influx.adminPassword), token: influx.token ?? null,
  };
}

export const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);

function hint(key: string): string {
  if (key.endsWith('port')) return portSchema.description;
  return key.endsWith('retention') ? durationSchema.description : key.endsWith('Loopback') ? 'true or false' : 'a value as in gateway.yaml';
}

function put(target: Record<string, unknown>, [first, ...rest]: Path, value: unknown): void {
  if (first === undefined) return;
  if (rest.length === 0) target[first] = value;
  else put((target[first] ??= {}) as Record<string, unknown>, rest, value);
}
