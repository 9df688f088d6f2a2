import { askGateway } from './admin-socket.ts';
import { EXIT_FAILED, EXIT_OK, parseOptions, refuseUsage, type Command, type CommandContext } from './command.ts';
import { findDataFolder } from './data-folder.ts';

const help = `Usage: lianqin reload (--data-dir DIR | --config FILE)

Makes the running gateway read its arrangement anew: whole or not at all. Prints every fault and exits 1 if the one before stays in force.
Changes in gateway.yaml itself need a restart.

  --data-dir DIR   the data folder of the gateway; LIANQIN_DATA_DIR does as well
  --config FILE    its gateway.yaml, which names the data folder
  --json           one JSON object on standard output: {"type":"reloaded","digest":"..."} or {"type":"kept","problems":["..."]}`;

async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const options = parseOptions(args, { 'data-dir': { type: 'string' }, config: { type: 'string' }, json: { type: 'boolean' } }, 0);
  if (options.type === 'help') {
    context.out(help);
    return EXIT_OK;
  }
  if (options.type === 'invalid') return refuseUsage('reload', options.because, context);
  const found = findDataFolder('reload', options.values, context);
  if (found.type === 'failed') return found.code;
  const answer = await askGateway(found.dataDir, { do: 'reload' }, context.clock);
  if (answer.type === 'unreachable') {
    context.err(`lianqin reload: ${answer.because}`);
    return EXIT_FAILED;
  }
  const { reply } = answer;
  if (options.values['json'] === true) context.out(JSON.stringify(reply));
  else if (reply.type === 'reloaded') context.err(`reloaded; the arrangement in force is ${reply.digest.slice(0, 12)}`);
  if (reply.type === 'kept') {
    for (const problem of reply.problems) context.err(problem);
    context.err('not reloaded; the arrangement before stays in force');
  } else if (reply.type !== 'reloaded') context.err(`lianqin reload: unexpected answer ${reply.type}`);
  return reply.type === 'reloaded' ? EXIT_OK : EXIT_FAILED;
}

export const reload: Command = { name: 'reload', help, run };
