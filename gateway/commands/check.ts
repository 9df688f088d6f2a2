import { printProblem, type Problem } from '../arrangement/problem.ts';
import type { Arrangement } from '../arrangement/arrangement.ts';
import { EXIT_FAILED, EXIT_OK, parseOptions, refuseUsage, type Command, type CommandContext, type Environment } from './command.ts';
import { readArrangement, readFiles, readText } from './read-files.ts';

const help = `Usage: lianqin check FILE... [--json]

Checks gateway.yaml or arrangement.yaml without starting anything. A gateway.yaml is checked together with the arrangement
that it names and with the environment variables that change it. Every fault is one line: file:line:column: what is wrong, what is expected.

  --json   one JSON object on standard output: {"ok":true|false,"files":[...],"problems":[{"file","line","column","message"}]}

Exit code 0 if all is well, 1 if there are faults, 2 for a wrong command line.`;

const GATEWAY_KEY = /^(["']?)(arrangement|dataDir|mqtt|http|history|journal)\1[ \t]*:/m;
const ARRANGEMENT_KEY = /^(["']?)(timeZone|agencies|contacts|rosters|sites|links|devices|causes|rules|policies)\1[ \t]*:/m;

/** A file is a gateway.yaml if it has top-level keys of one and none of an arrangement; YAML may be broken, so the text decides. */
export const isGatewayFile = (text: string): boolean => GATEWAY_KEY.test(text) && !ARRANGEMENT_KEY.test(text);

type Checked = { readonly type: 'fine'; readonly arrangement: Arrangement } | { readonly type: 'faulty'; readonly problems: readonly Problem[] };

function checkFile(file: string, env: Environment): Checked {
  const read = readText(file);
  if (read.type === 'invalid') return { type: 'faulty', problems: read.problems };
  const loaded = isGatewayFile(read.text) ? readFiles(file, env) : readArrangement(file);
  return loaded.type === 'loaded' ? { type: 'fine', arrangement: loaded.arrangement } : { type: 'faulty', problems: loaded.problems };
}

const count = (size: number, one: string): string => `${size} ${one}${size === 1 ? '' : 's'}`;
function summary(file: string, { agencies, sites, links, devices, contacts }: Arrangement): string {
  const agencyCount = `${agencies.size} ${agencies.size === 1 ? 'agency' : 'agencies'}`;
  return `${file}: fine: ${agencyCount}, ${count(sites.size, 'site')}, ${count(links.size, 'link')}, ${count(devices.size, 'device')}, ${count(contacts.size, 'contact')}`;
}

function run(args: readonly string[], context: CommandContext): Promise<number> {
  return Promise.resolve(check(args, context));
}

function check(args: readonly string[], context: CommandContext): number {
  const options = parseOptions(args, { json: { type: 'boolean' } }, Infinity);
  if (options.type === 'help') {
    context.out(help);
    return EXIT_OK;
  }
  if (options.type === 'invalid') return refuseUsage('check', options.because, context);
  if (options.words.length === 0) return refuseUsage('check', 'which file? name gateway.yaml or arrangement.yaml', context);
  const results = options.words.map((file) => ({ file, checked: checkFile(file, context.env) }));
  // One arrangement may be named twice, itself and by its gateway.yaml; its faults are said once.
  const problems = new Map<string, Problem>();
  for (const { checked } of results) if (checked.type === 'faulty') for (const problem of checked.problems) problems.set(printProblem(problem), problem);
  const ok = problems.size === 0;
  if (options.values['json'] === true) context.out(JSON.stringify({ ok, files: options.words, problems: [...problems.values()] }));
  else {
    for (const { file, checked } of results) if (checked.type === 'fine') context.err(summary(file, checked.arrangement));
    for (const line of problems.keys()) context.err(line);
  }
  return ok ? EXIT_OK : EXIT_FAILED;
}

export const checkCommand: Command = { name: 'check', help, run };
