/**
 * Whether the npm or npx that started this process still lives. A signal does not always pass through npm, and SIGKILL never does:
 * the gateway would go on without anybody knowing, and hold its ports. So losing npm counts as SIGTERM.
 */
import { readFileSync } from 'node:fs';
import type { Environment } from './command.ts';

const SHELLS = new Set(['sh', 'dash', 'bash', 'ash', 'busybox', 'zsh', 'ksh']);

export interface ProcessTree {
  /** The parent of this process now. */
  readonly parent: () => number;
  /** Name and parent of a process; null where it is gone or the system does not say. */
  readonly look: (pid: number) => { readonly name: string; readonly parent: number } | null;
}

export const startedByNpm = (env: Environment): boolean => env['npm_execpath'] !== undefined || env['npm_lifecycle_event'] !== undefined;

/** Reads `/proc`; elsewhere than on Linux nothing is known but the own parent. */
export const systemTree: ProcessTree = {
  parent: () => process.ppid,
  look: (pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
      // The name stands in parentheses and may hold any character, also a closing one.
      const end = stat.lastIndexOf(')');
      const parent = Number(stat.slice(end + 2).split(' ')[1]);
      return Number.isSafeInteger(parent) ? { name: stat.slice(stat.indexOf('(') + 1, end), parent } : null;
    } catch {
      return null;
    }
  },
};

/**
 * Remembers who stands above this process now and returns what tells whether they still do. npm runs scripts through a shell, which stays in
 * between where it does not replace itself: then the shell's parent is watched as well.
 */
export function watchStarter(env: Environment, tree: ProcessTree): () => boolean {
  if (!startedByNpm(env)) return () => true;
  const chain: { readonly child: number | null; readonly parent: number }[] = [{ child: null, parent: tree.parent() }];
  for (let above = chain[0]?.parent ?? 0; chain.length < 8;) {
    const found = tree.look(above);
    if (found === null || !SHELLS.has(found.name)) break;
    chain.push({ child: above, parent: found.parent });
    above = found.parent;
  }
  return () => chain.every(({ child, parent }) => (child === null ? tree.parent() : tree.look(child)?.parent) === parent);
}
