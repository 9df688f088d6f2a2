/** What every command is and gets: words of the command line in, exit code out. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import type { Clock } from '../model/ports/clock.ts';
import type { Log } from '../model/ports/log.ts';
import type { SignalSource } from './process-signals.ts';

/** Exit codes of all commands. */
export const EXIT_OK = 0;
export const EXIT_FAILED = 1;
/** The command line itself is wrong: nothing was tried. */
export const EXIT_USAGE = 2;

export type Environment = Readonly<Record<string, string | undefined>>;
/** Everything that a command needs of the process it runs in; tests hand in their own. */
export interface CommandContext {
  readonly env: Environment;
  readonly clock: Clock;
  readonly log: Log;
  readonly pid: number;
  readonly signals: SignalSource;
  /** True while the npm or npx that started this process is still there; always true if none did. */
  readonly starterLives: () => boolean;
  /** Ends the process at once; only for a second signal and for a stop that takes too long. */
  readonly exit: (code: number) => void;
  /** A line for programs, to stdout. */
  readonly out: (line: string) => void;
  /** A line for people, to stderr. */
  readonly err: (line: string) => void;
}
export interface Command {
  readonly name: string;
  /** The whole text of `--help`, without the last line end. */
  readonly help: string;
  /** @returns the exit code. Exceptions are bugs. */
  run(args: readonly string[], context: CommandContext): Promise<number>;
}

export type OptionsSpec = NonNullable<ParseArgsConfig['options']>;
export type ParsedOptions =
  | { readonly type: 'parsed'; readonly values: Readonly<Record<string, string | boolean | undefined>>; readonly words: readonly string[] }
  | { readonly type: 'help' }
  | { readonly type: 'invalid'; readonly because: string };

/** Reads the options of one command; `--help` and `-h` are known everywhere. `maxWords` is how many words may stand beside the options. */
export function parseOptions(args: readonly string[], options: OptionsSpec, maxWords: number): ParsedOptions {
  if (args.includes('--help') || args.includes('-h')) return { type: 'help' };
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
    const extra = positionals[maxWords];
    if (extra !== undefined) return { type: 'invalid', because: `unexpected ${JSON.stringify(extra)}` };
    return { type: 'parsed', values: values as Record<string, string | boolean | undefined>, words: positionals };
  } catch (error) {
    // parseArgs goes on with advice on `--`; its first sentence names the option and the fault.
    const [sentence = ''] = (error as Error).message.split(/\. |\n/);
    return { type: 'invalid', because: sentence.charAt(0).toLowerCase() + sentence.slice(1) };
  }
}

/** Says in one line what is wrong with the command line. */
export function refuseUsage(command: string, because: string, context: Pick<CommandContext, 'err'>): number {
  context.err(`lianqin ${command}: ${because}; see lianqin ${command} --help`);
  return EXIT_USAGE;
}
