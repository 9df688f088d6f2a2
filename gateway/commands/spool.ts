import { DEFAULT_JOURNAL } from '../arrangement/gateway-config.ts';
import { printProblem } from '../arrangement/problem.ts';
import { seconds } from '../model/time.ts';
import { openJournal } from '../store/journal.ts';
import { askGateway } from './admin-socket.ts';
import { EXIT_FAILED, EXIT_OK, parseOptions, refuseUsage, type Command, type CommandContext } from './command.ts';
import { findDataFolder } from './data-folder.ts';
import { readConfig } from './read-files.ts';
import { spoolStatus, type SpoolReply, type SpoolStatus } from './spool-requests.ts';

const help = `Usage: lianqin spool status|replay (--config FILE | --data-dir DIR) [--json]

  status   what is accepted, stored, waiting, refused and thinned; works with and without a running gateway
  replay   moves what the embedded history holds from before InfluxDB was there into it, and shows how it gets on;
           what it writes twice is there once

  --config FILE    gateway.yaml, which names the data folder
  --data-dir DIR   the data folder itself; LIANQIN_DATA_DIR does as well
  --json           one JSON object on standard output`;

const LOOK_EVERY = seconds(1);

async function ask(dataDir: string, wanted: 'spool-status' | 'spool-replay', values: Readonly<Record<string, unknown>>, context: CommandContext): Promise<SpoolReply> {
  const answer = await askGateway(dataDir, { do: wanted }, context.clock);
  if (answer.type === 'answered') {
    const { reply } = answer;
    return reply.type === 'spool' || reply.type === 'replaying' || reply.type === 'refused' ? reply : { type: 'refused', because: `unexpected answer ${reply.type}` };
  }
  if (wanted === 'spool-replay') return { type: 'refused', because: answer.because };
  const read = typeof values['config'] === 'string' ? readConfig(values['config'], context.env) : null;
  if (read?.type === 'invalid') return { type: 'refused', because: read.problems.map(printProblem).join('\n') };
  const limits = read?.config.journal ?? DEFAULT_JOURNAL;
  const opened = await openJournal({ dataDir, log: context.log, now: context.clock.now().wall, ...limits });
  if (opened.type !== 'opened') return { type: 'refused', because: opened.type === 'locked' ? answer.because : opened.because };
  await using journal = opened.journal;
  return { type: 'spool', ...spoolStatus(await journal.status(), limits.maxBytes, {}, null) };
}

function print(status: SpoolStatus, { out }: CommandContext): void {
  const { accepted, histories, waiting, spoolBytes, maxBytes, quarantined, evicted, thinned, refusedByCode } = status;
  out(`accepted\t${accepted}`);
  for (const [name, position] of Object.entries(histories)) out(`in ${name}\t${position}`);
  out(`waiting\t${waiting}`);
  out(`bytes\t${spoolBytes} of ${maxBytes} (${(spoolBytes / maxBytes * 100).toFixed(1)} %)`);
  out(`thinned\t${thinned}`);
  out(`quarantined\t${quarantined}, ${evicted} evicted`);
  for (const [code, count] of Object.entries(refusedByCode)) out(`  ${code}\t${count}`);
}

/** Until the replay has ended: one line a second that changes, or a new one each time where nobody watches a terminal. */
async function follow(dataDir: string, values: Readonly<Record<string, unknown>>, context: CommandContext): Promise<number> {
  for (let last = ''; ;) {
    await new Promise<void>((resolve) => { context.clock.after(LOOK_EVERY, resolve); });
    const reply = await ask(dataDir, 'spool-status', values, context);
    if (reply.type !== 'spool' || reply.replay === null) return refused('the gateway went away during the replay', context);
    const { running, subjects, subjectsDone, points, waitsFor } = reply.replay;
    const line = `${subjectsDone} of ${subjects} devices and links, ${points} points${waitsFor === null ? '' : `; waits: ${waitsFor}`}`;
    if (line !== last) context.err(line);
    last = line;
    if (!running) return EXIT_OK;
  }
}
function refused(because: string, context: CommandContext): number {
  context.err(`lianqin spool: ${because}`);
  return EXIT_FAILED;
}

async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const options = parseOptions(args, { 'data-dir': { type: 'string' }, config: { type: 'string' }, json: { type: 'boolean' } }, 1);
  if (options.type === 'help') {
    context.out(help);
    return EXIT_OK;
  }
  if (options.type === 'invalid') return refuseUsage('spool', options.because, context);
  const [wanted] = options.words;
  if (wanted !== 'status' && wanted !== 'replay') return refuseUsage('spool', 'status or replay is expected', context);
  const found = findDataFolder('spool', options.values, context);
  if (found.type === 'failed') return found.code;
  const reply = await ask(found.dataDir, wanted === 'status' ? 'spool-status' : 'spool-replay', options.values, context);
  if (reply.type === 'refused') return refused(reply.because, context);
  if (reply.type === 'replaying') return follow(found.dataDir, options.values, context);
  const { type: _type, ...status } = reply;
  if (options.values['json'] === true) context.out(JSON.stringify(status));
  else print(status, context);
  return EXIT_OK;
}

export const spool: Command = { name: 'spool', help, run };
