/** Reads gateway.yaml and the arrangement that it names. */
import { readFileSync } from 'node:fs';
import type { AdoptedDevice } from '../arrangement/adopted-device.ts';
import type { Arrangement } from '../arrangement/arrangement.ts';
import { loadGatewayConfig, type ConfigResult, type GatewayConfig } from '../arrangement/gateway-config.ts';
import { loadArrangement, type LoadResult } from '../arrangement/load-arrangement.ts';
import type { Problem } from '../arrangement/problem.ts';
import type { Environment } from './command.ts';

export type Text = { readonly type: 'read'; readonly text: string } | { readonly type: 'invalid'; readonly problems: readonly Problem[] };
export type Files =
  | { readonly type: 'loaded'; readonly config: GatewayConfig; readonly arrangement: Arrangement }
  | { readonly type: 'invalid'; readonly problems: readonly Problem[] };

const REASONS: Readonly<Record<string, string>> = { ENOENT: 'there is no such file', EISDIR: 'this is a folder, not a file', EACCES: 'this file may not be read by this user' };

/** A file that cannot be read is a problem at its first line, like any other fault in it. */
export function readText(file: string): Text {
  try {
    return { type: 'read', text: readFileSync(file, 'utf8') };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { type: 'invalid', problems: [{ file, line: 1, column: 1, message: REASONS[code ?? ''] ?? message }] };
  }
}

export function readArrangement(file: string, adopted: readonly AdoptedDevice[] = []): LoadResult {
  const read = readText(file);
  return read.type === 'invalid' ? read : loadArrangement(read.text, file, adopted);
}

const SECRET_FILE = /^(LIANQIN_[A-Z_]+(?:PASSWORD|TOKEN|KEY|SECRET))_FILE$/;

/** `LIANQIN_..._PASSWORD_FILE` names a file that holds the secret, as containers mount them; its last line end is not part of it. */
function withSecrets(env: Environment): { readonly env: Environment; readonly problems: readonly Problem[] } {
  const filled: Record<string, string | undefined> = { ...env };
  const problems: Problem[] = [];
  for (const [name, file] of Object.entries(env)) {
    const variable = SECRET_FILE.exec(name)?.[1];
    if (variable === undefined || file === undefined || file === '') continue;
    const read = readText(file);
    if (read.type === 'read') filled[variable] = read.text.replace(/\r?\n$/, '');
    else problems.push(...read.problems.map((problem) => ({ ...problem, message: `${name} names ${file}: ${problem.message}` })));
  }
  return { env: filled, problems };
}

export function readConfig(file: string, env: Environment): ConfigResult {
  const read = readText(file);
  if (read.type === 'invalid') return read;
  const secrets = withSecrets(env);
  return secrets.problems.length > 0 ? { type: 'invalid', problems: secrets.problems } : loadGatewayConfig(read.text, file, secrets.env);
}

export function readFiles(configFile: string, env: Environment): Files {
  const read = readConfig(configFile, env);
  if (read.type === 'invalid') return read;
  const loaded = readArrangement(read.config.arrangement);
  return loaded.type === 'invalid' ? loaded : { type: 'loaded', config: read.config, arrangement: loaded.arrangement };
}
