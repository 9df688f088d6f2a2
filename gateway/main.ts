/** The program: the words of the command line in, the exit code out. */
import { readFileSync } from 'node:fs';
import { CATALOGUE, HELP } from './commands/catalogue.ts';
import { EXIT_OK, EXIT_USAGE, type CommandContext } from './commands/command.ts';
import { systemTree, watchStarter } from './commands/starter.ts';
import { StderrLog } from './runtime/stderr-log.ts';
import { SystemClock } from './runtime/system-clock.ts';

/** After its command is done, the program ends by itself; whatever still holds it then has this long. */
const LAST_MOMENT_MS = 2_000;

async function main([name, ...args]: readonly string[], context: CommandContext): Promise<number> {
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    context.out(HELP);
    return name === undefined ? EXIT_USAGE : EXIT_OK;
  }
  if (name === '--version') {
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
    context.out(version);
    return EXIT_OK;
  }
  const entry = CATALOGUE.get(name);
  if (entry === undefined) {
    context.err(`lianqin: there is no command ${JSON.stringify(name)}; see lianqin --help`);
    return EXIT_USAGE;
  }
  const command = await entry.load();
  return command.run(args, context);
}

// Whoever read our output may go away first (`lianqin demo | head`); that is no reason to end.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
const clock = new SystemClock();
const code = await main(process.argv.slice(2), {
  env: process.env,
  clock,
  log: new StderrLog({ clock, write: (line) => { process.stderr.write(line); } }),
  pid: process.pid,
  signals: process,
  starterLives: watchStarter(process.env, systemTree),
  exit: (exitCode) => process.exit(exitCode),
  out: (line) => { process.stdout.write(`${line}\n`); },
  err: (line) => { process.stderr.write(`${line}\n`); },
});
process.exitCode = code;
setTimeout(() => process.exit(code), LAST_MOMENT_MS).unref();
