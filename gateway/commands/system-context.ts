import { StderrLog } from '../runtime/stderr-log.ts';
import { SystemClock } from '../runtime/system-clock.ts';
import type { CommandContext } from './command.ts';
import { systemTree, watchStarter } from './starter.ts';

/** The context of the real process: its clock, environment, signals and streams. */
export function systemContext(): CommandContext {
  // Whoever read our output may go away first (`lianqin check FILE | head`); that is no reason to end.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const clock = new SystemClock();
  const err = (line: string): void => { process.stderr.write(`${line}\n`); };
  return {
    env: process.env,
    clock,
    log: new StderrLog({ clock, write: (line) => { process.stderr.write(line); } }),
    pid: process.pid,
    signals: process,
    starterLives: watchStarter(process.env, systemTree),
    exit: (code) => process.exit(code),
    out: (line) => { process.stdout.write(`${line}\n`); },
    err,
  };
}
