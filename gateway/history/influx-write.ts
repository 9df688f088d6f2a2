/**
 * One write request to InfluxDB and what its answer means. The driver's own write is not used: its promise never settles when an answer stalls
 * after its headers, and it loses what the server says about bad lines.
 */
import { gzipSync } from 'node:zlib';
import type { Clock } from '../model/ports/clock.ts';
import { millis, seconds, type Millis } from '../model/time.ts';

export interface InfluxTarget {
  /** Such as http://127.0.0.1:8086, without a slash at its end. */
  readonly url: string;
  readonly database: string;
  /** The whole Authorization header; null where the server needs none. */
  readonly authorization: string | null;
}
export type WriteAnswer =
  | { readonly type: 'written' }
  /** The good lines are kept, `dropped` others are not; never to be sent again. */
  | { readonly type: 'partial'; readonly because: string; readonly late: boolean }
  /** None of the lines is kept, and none ever will be. */
  | { readonly type: 'refused'; readonly because: string; readonly late: boolean }
  /** Credentials, database or retention policy: somebody has to do something. */
  | { readonly type: 'misconfigured'; readonly because: string }
  | { readonly type: 'too-large' }
  /** Not now; the same bytes later. */
  | { readonly type: 'busy'; readonly because: string; readonly retryAfter: Millis | null }
  /** A 5xx without a known reason: perhaps one line of the batch is poison. */
  | { readonly type: 'failed'; readonly because: string };

/** For each request, with the whole of its answer. */
const DEADLINE: Millis = seconds(10);
const MAX_ANSWER = 65_536;

/** Sends `lines` (line protocol, timestamps in ms). Never throws. */
export async function writeLines(target: InfluxTarget, retention: string, lines: string, clock: Clock): Promise<WriteAnswer> {
  const abort = new AbortController();
  const cancel = clock.after(DEADLINE, () => { abort.abort(); });
  // On the same machine the processor is dearer than the wire.
  const zipped = !isLocal(target.url);
  try {
    const response = await fetch(`${target.url}/write?db=${encodeURIComponent(target.database)}&rp=${encodeURIComponent(retention)}&precision=ms`, {
      method: 'POST', body: zipped ? gzipSync(lines, { level: 1 }) : lines, signal: abort.signal, redirect: 'error',
      headers: { 'content-type': 'text/plain; charset=utf-8', ...(zipped ? { 'content-encoding': 'gzip' } : {}), ...(target.authorization === null ? {} : { authorization: target.authorization }) },
    });
    const text = (await response.text()).slice(0, MAX_ANSWER);
    return answerOf(response.status, text, response.headers.get('retry-after'));
  } catch (error) {
    return { type: 'busy', because: abort.signal.aborted ? `no answer within ${DEADLINE / 1_000} s` : reasonOf(error), retryAfter: null };
  } finally {
    cancel();
  }
}

/** Table of answers: InfluxDB 1.x "Write data with the InfluxDB API", and seen on 1.6.7. `text` is the body, JSON or plain. */
export function answerOf(status: number, text: string, retryAfter: string | null): WriteAnswer {
  const because = `${status} ${errorText(text)}`.trim();
  if (status >= 200 && status < 300) return { type: 'written' };
  const late = /beyond retention policy/i.test(text);
  if (/retention policy not found/i.test(text) || status === 401 || status === 403 || status === 404) return { type: 'misconfigured', because };
  if (status === 400 || status === 422) return { type: /partial write/i.test(text) || status === 422 ? 'partial' : 'refused', because, late };
  if (status === 413) return { type: 'too-large' };
  if (status === 429 || status === 503 || /cache-max-memory-size|timeout/i.test(text)) return { type: 'busy', because, retryAfter: retryTime(retryAfter) };
  if (status >= 500) return { type: 'failed', because };
  return { type: 'misconfigured', because };
}

function errorText(text: string): string {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null) {
      const { error, message } = parsed as { error?: unknown; message?: unknown };
      const said = typeof error === 'string' ? error : typeof message === 'string' ? message : null;
      if (said !== null) return said.trim().slice(0, 1_000);
    }
  } catch { /* Proxies and 503 answer in plain text. */ }
  return text.trim().split('\n')[0]?.slice(0, 1_000) ?? '';
}

/** `Retry-After` in seconds; dates are not worth reading for a delay that is bounded anyway. */
function retryTime(header: string | null): Millis | null {
  const count = Number(header);
  return header === null || !Number.isFinite(count) || count < 0 ? null : millis(count * 1_000);
}

function isLocal(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}

/** undici says "fetch failed" and hides why in the cause. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error & { readonly cause?: { readonly code?: string; readonly message?: string } };
  return cause?.code ?? cause?.message ?? message;
}
