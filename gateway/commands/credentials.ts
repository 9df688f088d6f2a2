import { DEFAULT_JOURNAL } from '../arrangement/gateway-config.ts';
import { printProblem } from '../arrangement/problem.ts';
import { askGateway } from './admin-socket.ts';
import { EXIT_FAILED, EXIT_OK, parseOptions, refuseUsage, type Command, type CommandContext } from './command.ts';
import { answerFromFolder, CREDENTIAL_ACTIONS, type CredentialReply, type CredentialRequest } from './credential-requests.ts';
import { findDataFolder } from './data-folder.ts';
import { readConfig } from './read-files.ts';

const help = `Usage: lianqin credentials issue KIND ID [--device ID,...] [--link ID,...]
       lianqin credentials rotate ID | revoke ID | list

Who may sign in over MQTT. A secret is shown once, and never again; rotating or revoking ends the connections that use it.

  device ID       a device; publishes its own heartbeat and status (--device: for others instead)
  link-agent ID   publishes the heartbeats of the link ID (--link: of others instead)
  edge ID         publishes for every device and link, or for those of --device and --link
  panel ID        reads all state and alerts, publishes nothing

User name and first part of the client id are ID; the secret is the password.

  --config FILE    gateway.yaml, which names the data folder
  --data-dir DIR   the data folder itself; LIANQIN_DATA_DIR does as well
  --json           one JSON object on standard output`;

function requestOf(words: readonly string[], values: Readonly<Record<string, unknown>>): CredentialRequest | string {
  const [action, ...rest] = words;
  const known = CREDENTIAL_ACTIONS.find((each) => each === action);
  if (known === undefined) return `${action === undefined ? 'what to do' : JSON.stringify(action)}? one of ${CREDENTIAL_ACTIONS.join(', ')} is expected`;
  const needed = known === 'issue' ? 2 : known === 'list' ? 0 : 1;
  if (rest.length !== needed) return `${known} takes ${needed === 2 ? 'KIND and ID' : needed === 1 ? 'ID' : 'nothing more'}`;
  const list = (name: string): string[] => (typeof values[name] === 'string' ? values[name].split(',').filter((each) => each !== '') : []);
  return { action: known, kind: known === 'issue' ? rest[0] ?? '' : '', id: rest.at(-1) ?? '', devices: list('device'), links: list('link') };
}

async function ask(dataDir: string, request: CredentialRequest, values: Readonly<Record<string, unknown>>, context: CommandContext): Promise<CredentialReply> {
  const answer = await askGateway(dataDir, { do: 'credentials', ...request }, context.clock);
  if (answer.type === 'answered') {
    const { reply } = answer;
    if (reply.type === 'issued' || reply.type === 'revoked' || reply.type === 'listed' || reply.type === 'refused') return reply;
    return { type: 'refused', because: `unexpected answer ${reply.type}` };
  }
  const read = typeof values['config'] === 'string' ? readConfig(values['config'], context.env) : null;
  if (read?.type === 'invalid') return { type: 'refused', because: read.problems.map(printProblem).join('\n') };
  return answerFromFolder(dataDir, request, read?.config.journal ?? DEFAULT_JOURNAL, context.clock, context.log);
}

function print(reply: CredentialReply, context: CommandContext): number {
  const day = (at: number | null): string => (at === null ? '-' : new Date(at).toISOString().slice(0, 16).replace('T', ' '));
  switch (reply.type) {
    case 'issued':
      context.err(`${reply.credential.kind} ${reply.credential.id}; this secret is shown only now:`);
      context.out(reply.secret);
      return EXIT_OK;
    case 'revoked':
      context.err(`${reply.credential.kind} ${reply.credential.id} is revoked; its connections are closed`);
      return EXIT_OK;
    case 'listed':
      for (const { id, kind, issuedAt, rotatedAt, revokedAt } of reply.credentials) {
        context.out([id, kind, `issued ${day(issuedAt)}`, ...(rotatedAt === null ? [] : [`rotated ${day(rotatedAt)}`]), ...(revokedAt === null ? [] : [`revoked ${day(revokedAt)}`])].join('\t'));
      }
      return EXIT_OK;
    case 'refused':
      context.err(`lianqin credentials: ${reply.because}`);
      return EXIT_FAILED;
  }
}

async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const options = parseOptions(args, { 'data-dir': { type: 'string' }, config: { type: 'string' }, json: { type: 'boolean' }, device: { type: 'string' }, link: { type: 'string' } }, 3);
  if (options.type === 'help') {
    context.out(help);
    return EXIT_OK;
  }
  if (options.type === 'invalid') return refuseUsage('credentials', options.because, context);
  const request = requestOf(options.words, options.values);
  if (typeof request === 'string') return refuseUsage('credentials', request, context);
  const found = findDataFolder('credentials', options.values, context);
  if (found.type === 'failed') return found.code;
  const reply = await ask(found.dataDir, request, options.values, context);
  if (options.values['json'] !== true) return print(reply, context);
  context.out(JSON.stringify(reply));
  return reply.type === 'refused' ? EXIT_FAILED : EXIT_OK;
}

export const credentials: Command = { name: 'credentials', help, run };
