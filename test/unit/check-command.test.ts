import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkCommand, isGatewayFile } from '../../gateway/commands/check.ts';
import type { CommandContext } from '../../gateway/commands/command.ts';
import { systemContext } from '../../gateway/commands/system-context.ts';

const EXAMPLE = join(import.meta.dirname, '../../examples/jiamusi');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lianqin-check-'));
  for (const file of ['gateway.yaml', 'arrangement.yaml']) copyFileSync(join(EXAMPLE, file), join(folder, file));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function check(args: readonly string[], env: CommandContext['env'] = {}): Promise<{ code: number; out: string[]; err: string[] }> {
  const out: string[] = [];
  const err: string[] = [];
  const context: CommandContext = { ...systemContext(), env, out: (line) => { out.push(line); }, err: (line) => { err.push(line); } };
  return { code: await checkCommand.run(args, context), out, err };
}
const edit = (file: string, change: (text: string) => string): string => {
  const path = join(folder, file);
  writeFileSync(path, change(readFileSync(path, 'utf8')));
  return path;
};
const lineOf = (path: string, text: string): number => readFileSync(path, 'utf8').split('\n').findIndex((line) => line.includes(text)) + 1;

test('the example city is fine, said in one line with its size', async () => {
  const { code, out, err } = await check([join(folder, 'gateway.yaml')]);
  expect({ code, out }).toEqual({ code: 0, out: [] });
  expect(err).toHaveLength(1);
  expect(err[0]).toMatch(/gateway\.yaml: fine: \d+ agencies, \d+ sites, \d+ links, \d+ devices/);
});

test('a fault in the arrangement is found by its gateway.yaml as well, at its own file, line and column, and once', async () => {
  const arrangement = edit('arrangement.yaml', (text) => text.replace('site: flood-depot,', 'site: flod-depot,'));
  const { code, err } = await check([join(folder, 'gateway.yaml'), arrangement]);
  expect(code).toBe(1);
  expect(err).toHaveLength(1);
  expect(err[0]).toMatch(new RegExp(`^${arrangement.replaceAll('.', '\\.')}:${lineOf(arrangement, 'flod-depot')}:\\d+: .*flod-depot`));
});

test('all faults of all files are said at once', async () => {
  const arrangement = edit('arrangement.yaml', (text) => text.replace('timeZone: Asia/Shanghai', 'timeZone: Asia/Nowhere').replace('site: flood-depot,', 'site: flod-depot,'));
  const gateway = edit('gateway.yaml', (text) => text.replace('port: 1883', 'port: 188300'));
  const { code, err } = await check([gateway, arrangement]);
  expect(code).toBe(1);
  expect(err.filter((line) => line.startsWith(`${arrangement}:`))).toHaveLength(2);
  expect(err.filter((line) => line.startsWith(`${gateway}:`))).toHaveLength(1);
});

test('--json prints one object on standard output and nothing else', async () => {
  const arrangement = edit('arrangement.yaml', (text) => text.replace('site: flood-depot,', 'site: flod-depot,'));
  const { code, out, err } = await check([arrangement, '--json']);
  expect({ code, err, lines: out.length }).toEqual({ code: 1, err: [], lines: 1 });
  expect(JSON.parse(out[0] ?? '')).toMatchObject({ ok: false, files: [arrangement], problems: [{ file: arrangement, line: lineOf(arrangement, 'flod-depot') }] });
});

test('an environment variable that spoils the configuration is named', async () => {
  const { code, err } = await check([join(folder, 'gateway.yaml')], { LIANQIN_HTTP_PORT: 'eighty' });
  expect(code).toBe(1);
  expect(err.join('\n')).toContain('LIANQIN_HTTP_PORT');
});

test('a file that is not there is a fault, not a crash', async () => {
  const { code, err } = await check([join(folder, 'gone.yaml')]);
  expect({ code, err }).toEqual({ code: 1, err: [`${join(folder, 'gone.yaml')}:1:1: there is no such file`] });
});

test.each([[['--strict', 'x']], [[]], [['--json']]])('the command line %j is refused in one line with exit code 2', async (args) => {
  const { code, out, err } = await check(args);
  expect({ code, out, lines: err.length }).toEqual({ code: 2, out: [], lines: 1 });
  expect(err[0]).toMatch(/^lianqin check: .*; see lianqin check --help$/);
});

test('which of the two a file is shows even where its YAML is broken', () => {
  expect(isGatewayFile('arrangement: a.yaml\nmqtt: {port: [\n')).toBe(true);
  expect(isGatewayFile('timeZone: Asia/Shanghai\nsites: [\n')).toBe(false);
  expect(isGatewayFile('"http" : {}\n')).toBe(true);
  expect(isGatewayFile('nonsense')).toBe(false);
});
