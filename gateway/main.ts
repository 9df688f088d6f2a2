/** The program: the words of the command line in, the exit code out. */
import { readFileSync } from 'node:fs';
import { CATALOGUE, HELP } from './commands/catalogue.ts';
import { EXIT_OK, EXIT_USAGE, type CommandContext } from './commands/command.ts';
import { systemContext } from './commands/system-context.ts';

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

const code = await main(process.argv.slice(2), systemContext());
process.exitCode = code;
setTimeout(() => process.exit(code), LAST_MOMENT_MS).unref();
