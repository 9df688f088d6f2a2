/**
 * Bytes of a heartbeat -> Heartbeat, or why it is refused. Total: no bytes make it throw. Runs once for every message, so it allocates
 * what it returns and little else; the words of a refusal are made only when there is one.
 */
import { isUtf8 } from 'node:buffer';
import type { Heartbeat, LinkReport, Sample } from './heartbeat.ts';
import { isId, type LinkId } from './ids.ts';
import { MAX_METRICS, MAX_SAMPLES, METRIC_NAME } from './metrics.ts';
import type { Refusal, RefusalCode } from './refusal.ts';
import { parseDeviceTime } from './device-time.ts';
import type { WallTime } from './time.ts';

export type HeartbeatPayload =
  | { readonly type: 'heartbeat'; readonly heartbeat: Heartbeat }
  | { readonly type: 'refused'; readonly refusal: Refusal };

/** A heartbeat may report at most this many links. */
export const MAX_LINKS = 64;
/** How far a device's clock may run ahead before its `ts` is replaced by the time of receipt. */
const FUTURE_MS = 5_000;
const BOOT = /^[\x21-\x7e]{1,64}$/;
const MAX_SOURCE = 64;
const NO_LINKS: ReadonlyMap<LinkId, LinkReport> = new Map();
const NOTHING: readonly never[] = [];

type Json = Readonly<Record<string, unknown>>;

/** How the checks below report the first thing that is wrong; never leaves this file. */
class Refused extends Error {
  readonly code: RefusalCode;
  constructor(code: RefusalCode, field: string, value: unknown, expected: string) {
    super(`${field}: ${show(value)}: expected ${expected}`);
    this.code = code;
  }
}

/**
 * Reads one heartbeat as docs/mqtt.md describes it: every field optional, unknown fields ignored, null the same as absent.
 * `payload` is not kept and not changed.
 */
export function parseHeartbeat(payload: Uint8Array): HeartbeatPayload {
  if (!isUtf8(payload)) return refused('invalid-utf8', 'payload: expected UTF-8');
  const buffer = Buffer.isBuffer(payload) ? payload : Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  let document: unknown;
  try {
    document = JSON.parse(buffer.toString('utf8'));
  } catch {
    return refused('not-json', `payload of ${payload.length} bytes: expected a JSON object`);
  }
  if (!isObject(document)) return refused('not-an-object', `payload: ${show(document)}: expected a JSON object`);
  try {
    return { type: 'heartbeat', heartbeat: readHeartbeat(document) };
  } catch (error) {
    if (error instanceof Refused) return refused(error.code, error.message);
    throw error;
  }
}

/**
 * When a sample was observed: its own time, unless it lies more than 5 s after its receipt (then it is the device's clock that is wrong), else
 * the time of receipt.
 */
export function observedAt(ts: WallTime | null, receivedAt: WallTime): WallTime {
  return ts !== null && ts <= receivedAt + FUTURE_MS ? ts : receivedAt;
}

function readHeartbeat(document: Json): Heartbeat {
  const { links, position, source } = document;
  return {
    seq: readSeq(document['seq']),
    boot: readBoot(document['boot']),
    via: readLink(document['via'], 'via', 'bad-via'),
    activeLink: readLink(document['activeLink'], 'activeLink', 'bad-links'),
    links: links == null ? NO_LINKS : readLinks(links),
    position: position == null ? null : readPosition(position),
    samples: readSamples(document),
    source: isObject(source) ? { adapter: readWord(source['adapter']), frame: readWord(source['frame']) } : null,
  };
}

function readSeq(value: unknown): number | null {
  if (value == null) return null;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new Refused('bad-seq', 'seq', value, 'an integer from 0 to 2^53-1');
}

function readBoot(value: unknown): string | null {
  if (value == null) return null;
  if (typeof value === 'string' && BOOT.test(value)) return value;
  throw new Refused('bad-boot', 'boot', value, 'a string of 1 to 64 printable ASCII characters without spaces');
}

function readLink(value: unknown, field: string, code: RefusalCode): LinkId | null {
  if (value == null) return null;
  if (typeof value === 'string' && isId(value)) return value as LinkId;
  throw new Refused(code, field, value, 'the id of a link');
}

function readLinks(value: unknown): ReadonlyMap<LinkId, LinkReport> {
  if (!isObject(value)) throw new Refused('bad-links', 'links', value, 'an object of link ids');
  const links = new Map<LinkId, LinkReport>();
  for (const id of Object.keys(value)) {
    if (links.size === MAX_LINKS) throw new Refused('bad-links', 'links', Object.keys(value).length, `at most ${MAX_LINKS} links`);
    if (!isId(id)) throw new Refused('bad-links', 'links', id, 'the id of a link');
    const report = value[id];
    if (!isObject(report) || typeof report['up'] !== 'boolean') throw new Refused('bad-links', `links.${id}`, report, 'an object with "up": true or false');
    links.set(id as LinkId, {
      up: report['up'],
      rtt_ms: readRange(report['rtt_ms'], Number.MAX_VALUE, `links.${id}.rtt_ms`, 'a number of milliseconds from 0'),
      loss_pct: readRange(report['loss_pct'], 100, `links.${id}.loss_pct`, 'a number from 0 to 100'),
    });
  }
  return links;
}

function readRange(value: unknown, max: number, field: string, expected: string): number | null {
  if (value == null) return null;
  if (typeof value === 'number' && value >= 0 && value <= max) return value;
  throw new Refused('bad-links', field, value, expected);
}

function readPosition(value: unknown): { readonly lat: number; readonly lon: number } {
  if (isObject(value)) {
    const { lat, lon } = value;
    if (typeof lat === 'number' && typeof lon === 'number' && Math.abs(lat) <= 90 && Math.abs(lon) <= 180) return { lat, lon };
  }
  throw new Refused('bad-position', 'position', value, '{"lat": -90 to 90, "lon": -180 to 180}');
}

/** Where a message came from is for people to read; what does not fit is left out. */
function readWord(value: unknown): string | null {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_SOURCE ? value : null;
}

function readSamples(document: Json): readonly Sample[] {
  const own = readSample(document, '');
  const { samples } = document;
  if (samples == null) return own === null ? NOTHING : [own];
  if (!Array.isArray(samples)) throw new Refused('bad-samples', 'samples', samples, 'an array');
  if (samples.length > MAX_SAMPLES) throw new Refused('too-many-samples', 'samples', samples.length, `at most ${MAX_SAMPLES} samples`);
  const result: Sample[] = own === null ? [] : [own];
  const names = new Set<string>();
  if (own !== null) countNames(own, names);
  for (let index = 0; index < samples.length; index += 1) {
    const value: unknown = samples[index];
    if (!isObject(value)) throw new Refused('bad-samples', `samples[${index}]`, value, 'an object');
    const sample = readSample(value, `samples[${index}].`);
    if (sample === null) continue;
    countNames(sample, names);
    if (names.size > MAX_METRICS) throw new Refused('too-many-metrics', 'samples', names.size, `at most ${MAX_METRICS} metric names in a message`);
    result.push(sample);
  }
  return result;
}

function countNames(sample: Sample, names: Set<string>): void {
  for (const name of sample.metrics.keys()) names.add(name);
  for (const name of sample.missing) names.add(name);
}

/** Null where it says nothing about any metric; its `ts` is checked all the same. */
function readSample(value: Json, at: string): Sample | null {
  const ts = readTime(value['ts'], at);
  const { metrics: given, quality } = value;
  if (given == null && quality == null) return null;
  const metrics = new Map<string, number>();
  let missing: string[] | null = null;
  if (given != null) {
    if (!isObject(given)) throw new Refused('bad-metric-value', `${at}metrics`, given, 'an object of numbers');
    let count = 0;
    for (const name of Object.keys(given)) {
      if (!METRIC_NAME.test(name)) throw badName(name, at);
      count += 1;
      if (count > MAX_METRICS) throw new Refused('too-many-metrics', `${at}metrics`, Object.keys(given).length, `at most ${MAX_METRICS} metrics`);
      const metric = given[name];
      if (typeof metric === 'number' && Number.isFinite(metric)) metrics.set(name, metric);
      else if (typeof metric === 'boolean') metrics.set(name, metric ? 1 : 0);
      else if (metric === null) (missing ??= []).push(name);
      else throw new Refused('bad-metric-value', `${at}metrics.${name}`, metric, 'a finite number, true, false or null');
    }
  }
  const marks = quality == null ? null : readQuality(quality, metrics, missing, at);
  missing = marks?.missing ?? missing;
  if (metrics.size === 0 && missing === null) return null;
  return { ts, metrics, missing: missing ?? NOTHING, suspect: marks?.suspect ?? NOTHING };
}

/** A metric marked `missing` is no value, whatever number stands beside it (a counter that reads 0.0 while its sensor is away). */
function readQuality(
  quality: unknown, metrics: Map<string, number>, before: string[] | null, at: string,
): { readonly missing: string[] | null; readonly suspect: string[] } {
  if (!isObject(quality)) throw new Refused('bad-quality', `${at}quality`, quality, 'an object of "ok", "missing" or "suspect"');
  let missing = before;
  const suspect: string[] = [];
  const names = Object.keys(quality);
  if (names.length > MAX_METRICS) throw new Refused('too-many-metrics', `${at}quality`, names.length, `at most ${MAX_METRICS} metrics`);
  for (const name of names) {
    if (!METRIC_NAME.test(name)) throw badName(name, at);
    const mark = quality[name];
    if (mark === 'missing') {
      metrics.delete(name);
      if (missing?.includes(name) !== true) (missing ??= []).push(name);
    } else if (mark === 'suspect') {
      if (metrics.has(name)) suspect.push(name);
    } else if (mark !== 'ok' && mark !== null) {
      throw new Refused('bad-quality', `${at}quality.${name}`, mark, '"ok", "missing" or "suspect"');
    }
  }
  return { missing, suspect };
}

function readTime(value: unknown, at: string): WallTime | null {
  if (value == null) return null;
  const time = parseDeviceTime(value);
  if (time === null) throw new Refused('bad-time', `${at}ts`, value, 'epoch milliseconds from 0, or ISO 8601 with an offset such as 2026-07-01T08:00:00+08:00');
  return time;
}

const badName = (name: string, at: string): Refused =>
  new Refused('bad-metric-name', `${at}metrics`, name, 'a name such as water_level_m: a letter a-z, then up to 63 of a-z, 0-9 and _');

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refused(code: RefusalCode, detail: string): HeartbeatPayload {
  return { type: 'refused', refusal: { code, detail } };
}

/** A short, printable form of what was received. */
function show(value: unknown): string {
  const text = Array.isArray(value) ? `an array of ${value.length}` : isObject(value) ? 'an object' : typeof value === 'number' ? String(value) : JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
