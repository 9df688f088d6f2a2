import { printProblem } from '../arrangement/problem.ts';
import { EXIT_FAILED, EXIT_OK, parseOptions, refuseUsage, type Command, type CommandContext } from './command.ts';
import { readFiles } from './read-files.ts';
import { runGateway } from './run-gateway.ts';

const help = `Usage: lianqin serve --config FILE

Runs the gateway that gateway.yaml describes, until SIGINT or SIGTERM.
SIGHUP, or \`lianqin reload\`, reads the arrangement anew: whole or not at all.

  --config FILE   gateway.yaml; any key of it also by environment (http.port is LIANQIN_HTTP_PORT)

Standard output carries one line at ready: {"ready":true,"pid":N,"mqtt":PORT,"http":PORT,"dataDir":"..."}.
The log goes to standard error. Exit code 0 after a stop, 1 if it cannot run, 2 for a wrong command line.`;

async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const options = parseOptions(args, { config: { type: 'string' } }, 0);
  if (options.type === 'help') {
    context.out(help);
    return EXIT_OK;
  }
  if (options.type === 'invalid') return refuseUsage('serve', options.because, context);
  const { config: file } = options.values;
  if (typeof file !== 'string' || file === '') return refuseUsage('serve', 'which configuration? --config FILE is missing', context);
  const files = readFiles(file, context.env);
  if (files.type === 'invalid') {
    for (const problem of files.problems) context.err(printProblem(problem));
    return EXIT_FAILED;
  }
  return runGateway(files, context);
}

export const serve: Command = { name: 'serve', help, run };
