/**
 * The programs that the tests talk to besides Node: what is there, and how to get what is missing.
 * Plain JavaScript without dependencies: it runs before anything else, on whatever Node is there.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, chmodSync, constants, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Each peer: any one of `programs` in PATH will do; `variable` may name another one; `file` is looked for instead of a program. */
export const PEERS = [
  { programs: ['mosquitto'], package: 'mosquitto' },
  { programs: ['mosquitto_pub'], package: 'mosquitto-clients' },
  { programs: ['mosquitto_sub'], package: 'mosquitto-clients' },
  { programs: ['chromium', 'chromium-browser', 'google-chrome'], variable: 'CHROMIUM', package: 'chromium' },
  { programs: ['influxd'], package: 'influxdb' },
  { programs: ['openssl'], package: 'openssl' },
  { anyFont: ':lang=zh', package: 'fonts-noto-cjk' },
];
/** Debian puts daemons where a user's PATH does not look. */
const DAEMON_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];
const FONT_FILES = ['/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc'];

/** PATH with the folders of daemons; the tests start `mosquitto` by its name alone. */
export function searchPath(env = process.env) {
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return [...folders, ...DAEMON_FOLDERS.filter((folder) => !folders.includes(folder))].join(delimiter);
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The full path of `program`, or null. */
export function findProgram(program, env = process.env) {
  for (const folder of searchPath(env).split(delimiter)) {
    const path = join(folder, program);
    if (isProgram(path)) return path;
  }
  return null;
}

/** The browser that the tests drive, or null. */
export function findChromium(env = process.env) {
  if (env.CHROMIUM) return isProgram(env.CHROMIUM) ? env.CHROMIUM : null;
  return PEERS[3].programs.map((program) => findProgram(program, env)).find((path) => path !== null) ?? null;
}

function hasFont(language, env) {
  const list = findProgram('fc-list', env);
  if (list === null) return FONT_FILES.some((file) => existsSync(file));
  const found = spawnSync(list, [language, 'family'], { encoding: 'utf8' });
  return found.status === 0 && found.stdout.trim() !== '';
}

function isThere(peer, env) {
  if (peer.anyFont) return hasFont(peer.anyFont, env);
  if (peer.variable === 'CHROMIUM') return findChromium(env) !== null;
  return peer.programs.some((program) => findProgram(program, env) !== null);
}

/** Debian packages that are missing, each once. */
export function missingPackages(env = process.env) {
  return [...new Set(PEERS.filter((peer) => !isThere(peer, env)).map((peer) => peer.package))];
}

export function aptLine(packages, prefix = '') {
  return `${prefix}apt-get update && ${prefix}apt-get install -y --no-install-recommends ${packages.join(' ')}`;
}

function isDebian() {
  try {
    return /^(ID|ID_LIKE)=.*\b(debian|ubuntu)\b/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false;
  }
}

/** Runs `task` while Debian's maintainer scripts may not start what they install; what was there before is put back. */
function withoutStartingServices(task) {
  const policy = '/usr/sbin/policy-rc.d';
  const kept = `${policy}.before-lianqin-tests`;
  const had = existsSync(policy);
  if (had) renameSync(policy, kept);
  try {
    writeFileSync(policy, '#!/bin/sh\nexit 101\n');
    chmodSync(policy, 0o755);
    return task();
  } finally {
    rmSync(policy, { force: true });
    if (had) renameSync(kept, policy);
  }
}

function apt(args) {
  const run = spawnSync('apt-get', args, { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' } });
  return run.status === 0;
}

/** Installs `packages`; true if apt-get said that all went well. */
function install(packages) {
  return withoutStartingServices(() => {
    const options = ['-o', 'DPkg::Lock::Timeout=120', '-o', 'Acquire::Retries=3'];
    // An update that fails in part (one mirror down) may still be enough; the install says whether it was.
    apt([...options, 'update']);
    return apt([...options, 'install', '-y', '--no-install-recommends', ...packages]);
  });
}

/**
 * Makes sure that the peers are there. As root on Debian or Ubuntu it installs what is missing, elsewhere it says what to run.
 * @returns {{ type: 'there' } | { type: 'missing', because: string }}
 */
export function ensurePeers(say = (line) => process.stdout.write(`${line}\n`), env = process.env) {
  let missing = missingPackages(env);
  if (missing.length === 0) return { type: 'there' };
  const root = process.getuid?.() === 0;
  if (!root || !isDebian() || findProgram('apt-get', env) === null) {
    return { type: 'missing', because: `The tests need ${missing.join(', ')}. On Debian and Ubuntu: ${aptLine(missing, root ? '' : 'sudo ')}` };
  }
  say(`Installing what the tests need: ${missing.join(', ')}`);
  const installed = install(missing);
  missing = missingPackages(env);
  if (missing.length === 0) return { type: 'there' };
  return { type: 'missing', because: `${installed ? 'apt-get installed, but still missing' : 'apt-get could not install'}: ${missing.join(', ')}. By hand: ${aptLine(missing)}` };
}
