/** Which data folder a command means: by option, by gateway.yaml, or by the environment. */
import { resolve } from 'node:path';
import { printProblem } from '../arrangement/problem.ts';
import { EXIT_FAILED, refuseUsage, type CommandContext } from './command.ts';
import { readConfig } from './read-files.ts';

export type DataFolder = { readonly type: 'found'; readonly dataDir: string } | { readonly type: 'failed'; readonly code: number };

/** `values` are the options `data-dir` and `config` of `command`; what is wrong is said here. */
export function findDataFolder(command: string, values: Readonly<Record<string, unknown>>, context: CommandContext): DataFolder {
  const given = values['data-dir'];
  if (typeof given === 'string') return { type: 'found', dataDir: resolve(given) };
  if (typeof values['config'] === 'string') {
    const read = readConfig(values['config'], context.env);
    if (read.type === 'loaded') return { type: 'found', dataDir: read.config.dataDir };
    for (const problem of read.problems) context.err(printProblem(problem));
    return { type: 'failed', code: EXIT_FAILED };
  }
  const fromEnv = context.env['LIANQIN_DATA_DIR'];
  if (fromEnv !== undefined && fromEnv !== '') return { type: 'found', dataDir: resolve(fromEnv) };
  return { type: 'failed', code: refuseUsage(command, 'which gateway? name --data-dir DIR or --config FILE', context) };
}
