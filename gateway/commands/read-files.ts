/** Reads gateway.yaml and the arrangement that it names. */
import { readFileSync } from 'node:fs';
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

export function readArrangement(file: string): LoadResult {
  const read = readText(file);
  return read.type === 'invalid' ? read : loadArrangement(read.text, file);
}

export function readConfig(file: string, env: Environment): ConfigResult {
  const read = readText(file);
  return read.type === 'invalid' ? read : loadGatewayConfig(read.text, file, env);
}

export function readFiles(configFile: string, env: Environment): Files {
  const read = readConfig(configFile, env);
  if (read.type === 'invalid') return read;
  const loaded = readArrangement(read.config.arrangement);
  return loaded.type === 'invalid' ? loaded : { type: 'loaded', config: read.config, arrangement: loaded.arrangement };
}
