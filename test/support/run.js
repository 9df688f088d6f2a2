/**
 * What `npm test` runs: peers, type check, lint, tests. The last line is `N passed, N failed`; the exit code is 0 only if nothing failed.
 * Type check and lint count as one each. Arguments go to Vitest: `npm test -- test/unit`.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensurePeers, findChromium, searchPath } from './peers.js';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
/** Each step is given up after this long, so that a hang is a failure with a last line instead of an aborted job. */
const STEP_LIMIT_MS = 11 * 60_000;
/** How long the test runner may take to end once it has written its counts: a process that a failed test left behind would hold it for ever. */
const FAREWELL_MS = 20_000;
/** npm scripts put the Node 24 of this package first in PATH; called by hand from an older Node, it is taken from the same place. */
const node = Number(process.versions.node.split('.')[0]) >= 24 ? process.execPath : join(root, 'node_modules/.bin/node');
let passed = 0;
let failed = 0;

function say(line) {
  process.stdout.write(`${line}\n`);
}

/** Runs a package's program with this Node; resolves with whether it went well and why not. `result`: the file that it writes when it is done. */
function run(script, args, env = process.env, result = null) {
  return new Promise((resolve) => {
    const child = spawn(node, [script, ...args], { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
    let late = false;
    const limit = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, STEP_LIMIT_MS);
    let doneAt = null;
    const watch = setInterval(() => {
      if (result === null || !existsSync(result)) return;
      doneAt ??= performance.now();
      if (performance.now() - doneAt > FAREWELL_MS) child.kill('SIGKILL');
    }, 1_000);
    const stopTimers = () => { clearTimeout(limit); clearInterval(watch); };
    child.on('error', (error) => { stopTimers(); resolve({ ok: false, because: error.message }); });
    child.on('exit', (code, signal) => {
      stopTimers();
      const because = late ? `given up after ${STEP_LIMIT_MS / 60_000} minutes` : signal === null ? `exit code ${code}` : `ended by ${signal}`;
      resolve({ ok: code === 0, because });
    });
  });
}

async function step(name, script, args) {
  say(`\n== ${name}`);
  const outcome = await run(script, args);
  if (outcome.ok) passed += 1;
  else failed += 1;
  say(`== ${name}: ${outcome.ok ? 'passed' : `failed (${outcome.because})`}`);
}

function readCounts(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

async function tests(args) {
  say('\n== tests');
  const folder = mkdtempSync(join(tmpdir(), 'lianqin-test-counts-'));
  const file = join(folder, 'counts.json');
  const env = { ...process.env, PATH: searchPath(), LIANQIN_TEST_COUNTS: file };
  const chromium = findChromium();
  if (chromium !== null) env.CHROMIUM = chromium;
  const outcome = await run('node_modules/vitest/vitest.mjs', ['run', '--allowOnly=false', `--reporter=${join(root, 'test/support/counting-reporter.js')}`, '--reporter=default', ...args], env, file);
  const counts = readCounts(file);
  rmSync(folder, { recursive: true, force: true });
  if (counts === null) {
    say(`== tests: the runner left no result (${outcome.because})`);
    failed += 1;
    return;
  }
  passed += counts.passed;
  // A skipped test proves nothing, so it may not hide among the passed ones.
  const wrong = counts.failed + counts.skipped + counts.brokenFiles + counts.unhandled;
  failed += wrong;
  if (counts.skipped > 0) say(`== tests: ${counts.skipped} skipped, counted as failed`);
  if (counts.brokenFiles > 0) say(`== tests: ${counts.brokenFiles} files could not be run, counted as failed`);
  if (counts.unhandled > 0) say(`== tests: ${counts.unhandled} unhandled errors, counted as failed`);
  if (wrong === 0 && (!outcome.ok || counts.passed === 0)) {
    say(`== tests: the runner failed (${counts.passed === 0 ? 'no test ran' : outcome.because})`);
    failed += 1;
  }
}

async function main(args) {
  const peers = ensurePeers(say);
  if (peers.type === 'missing') {
    say(peers.because);
    failed += 1;
  } else {
    await step('type check', 'node_modules/typescript/lib/tsc.js', ['-p', '.']);
    await step('lint', 'node_modules/oxlint/bin/oxlint', ['--type-aware']);
    await tests(args);
  }
  process.exitCode = failed === 0 ? 0 : 1;
  say(`\n${passed} passed, ${failed} failed`);
}

await main(process.argv.slice(2));
