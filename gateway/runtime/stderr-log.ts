/** The operator's log: one logfmt line an event, such as `ts=2026-11-24T10:00:00.000Z level=info msg="gateway started" mqtt=1883`. */
import type { Clock } from '../model/ports/clock.ts';
import type { Log, LogFields } from '../model/ports/log.ts';

/** A longer value is cut: one hostile topic or error text must not fill the disk that the log goes to. */
const LONGEST_VALUE = 2_000;
/**
 * What could end the line, move the cursor of a terminal, or turn the direction of the text: C0, DEL, C1, zero-width and bidirectional controls,
 * line and paragraph separators, lone surrogates. Log lines quote what strangers sent.
 */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const BARE = /^[^\s"=\\]+$/;

const escapeUnit = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Text as it may stand in one line of a log or on a terminal: unsafe characters as `\uXXXX`, cut at 2,000 characters. */
export function printable(text: string): string {
  const cut = text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…(${text.length} characters)` : text;
  return cut.replace(UNSAFE, escapeUnit);
}

function quoted(text: string): string {
  const safe = printable(text.replaceAll('\\', '\\\\'));
  return BARE.test(safe) ? safe : `"${safe.replaceAll('"', '\\"')}"`;
}

const fieldName = (name: string): string => name.replace(/[^A-Za-z0-9_.-]/g, '_');

/** One line without its line end. */
export function logLine(at: number, level: 'info' | 'warn' | 'error', message: string, fields: LogFields = {}): string {
  let line = `ts=${new Date(at).toISOString()} level=${level} msg=${quoted(message)}`;
  for (const [name, value] of Object.entries(fields)) line += ` ${fieldName(name)}=${typeof value === 'string' ? quoted(value) : String(value)}`;
  return line;
}

export interface StderrLogOptions {
  readonly clock: Clock;
  /** Where a whole line goes, its line end included. */
  readonly write: (line: string) => void;
}

/** `Log` that writes lines; `write` is `process.stderr.write` in the program. */
export class StderrLog implements Log {
  readonly #options: StderrLogOptions;
  constructor(options: StderrLogOptions) {
    this.#options = options;
  }
  info(message: string, fields?: LogFields): void { this.#line('info', message, fields); }
  warn(message: string, fields?: LogFields): void { this.#line('warn', message, fields); }
  error(message: string, fields?: LogFields): void { this.#line('error', message, fields); }

  #line(level: 'info' | 'warn' | 'error', message: string, fields: LogFields | undefined): void {
    this.#options.write(`${logLine(this.#options.clock.now().wall, level, message, fields)}\n`);
  }
}
