import { expect, test } from 'vitest';
import { logLine, printable, StderrLog } from '../../gateway/runtime/stderr-log.ts';
import { monoTime, wallTime } from '../../gateway/model/time.ts';

const AT = Date.UTC(2026, 10, 24, 10, 0, 0, 7);

test('a line carries ISO time, level, message and flat fields', () => {
  expect(logLine(AT, 'warn', 'port taken', { port: 1883, next: null, ok: false, what: 'mqtt' }))
    .toBe('ts=2026-11-24T10:00:00.007Z level=warn msg="port taken" port=1883 next=null ok=false what=mqtt');
});

test('quotes, backslashes, equals signs and empty text are quoted so that a parser gets them back', () => {
  expect(logLine(AT, 'info', 'x', { a: 'say "hi"', b: 'C:\\x', c: 'k=v', d: '' })).toBe('ts=2026-11-24T10:00:00.007Z level=info msg=x a="say \\"hi\\"" b="C:\\\\x" c="k=v" d=""');
});

test('no text from outside can end the line, colour the terminal or turn the direction of writing', () => {
  const hostile = 'a\r\nts=1 level=info\u001b[31m\u0000\u2028\u202e\u009b\ud800b';
  const line = logLine(AT, 'error', hostile, { topic: hostile });
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/);
  expect(line).toContain('\\u001b[31m');
  expect(Buffer.from(line, 'utf8').toString('utf8')).toBe(line);
});

test('Chinese text and emoji stay readable', () => {
  expect(printable('防汛物资库 🚒')).toBe('防汛物资库 🚒');
});

test('a field name from outside cannot smuggle in another field', () => {
  expect(logLine(AT, 'info', 'x', { 'a b="c"\n': 1 })).toBe('ts=2026-11-24T10:00:00.007Z level=info msg=x a_b__c__=1');
});

test('a value of a megabyte is cut and says how long it was', () => {
  const line = logLine(AT, 'info', 'x', { payload: 'y'.repeat(1_000_000) });
  expect(line.length).toBeLessThan(2_200);
  expect(line).toContain('(1000000 characters)');
});

test('each level writes one whole line with the time of the clock', () => {
  const lines: string[] = [];
  const clock = { now: () => ({ wall: wallTime(AT), mono: monoTime(0) }), after: () => () => {} };
  const log = new StderrLog({ clock, write: (line) => { lines.push(line); } });
  log.info('one');
  log.warn('two', { n: 1 });
  log.error('three');
  expect(lines).toEqual([
    'ts=2026-11-24T10:00:00.007Z level=info msg=one\n',
    'ts=2026-11-24T10:00:00.007Z level=warn msg=two n=1\n',
    'ts=2026-11-24T10:00:00.007Z level=error msg=three\n',
  ]);
});
