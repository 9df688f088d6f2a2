import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadScenario, SCENARIOS, startSimulation, type Simulation } from '../../firmware-sim/simulate.ts';
import type { Gateway } from '../app.ts';
import { printProblem } from '../arrangement/problem.ts';
import { EXIT_FAILED, EXIT_OK, parseOptions, refuseUsage, type Command, type CommandContext, type Environment } from './command.ts';
import { nextFreePort } from './free-port.ts';
import { readConfig, readFiles } from './read-files.ts';
import { runGateway } from './run-gateway.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/jiamusi/gateway.yaml', import.meta.url));
const DEFAULT_SCENARIO = 'flood-wave';

const help = `Usage: lianqin demo [--scenario NAME] [--speed X] [--data-dir DIR]

Runs the gateway with the example city, fed by simulated devices; this is what \`npm start\` does. Everything stays on this machine.

  --scenario NAME   ${SCENARIOS.join(', ')}, or a file (default ${DEFAULT_SCENARIO})
  --speed X         run the scenario's timeline X times faster (default 1); heartbeats keep their pace
  --data-dir DIR    keep the data there; without it they go to a folder that is removed at the end

Ports: LIANQIN_MQTT_PORT and LIANQIN_HTTP_PORT (0 = any free one), else 1883 and 8080 or the next free ones.
Standard output carries one line at ready: {"ready":true,"pid":N,"mqtt":PORT,"http":PORT,"dataDir":"..."}.`;

/** The example's own ports, or the next free ones where others hold them; what the environment says stands as it is. */
async function choosePorts(context: CommandContext): Promise<Environment> {
  const { env } = context;
  const read = readConfig(EXAMPLE, env);
  // Its problems are said when it is read for good.
  if (read.type === 'invalid') return env;
  const chosen: Record<string, string | undefined> = { ...env };
  for (const [variable, listener, name] of [['LIANQIN_MQTT_PORT', read.config.mqtt, 'MQTT'], ['LIANQIN_HTTP_PORT', read.config.http, 'HTTP']] as const) {
    if (env[variable] !== undefined && env[variable] !== '') continue;
    const port = await nextFreePort(listener.host, listener.port);
    chosen[variable] = String(port);
    if (port !== listener.port) context.err(`端口 ${listener.port} 已被占用,${name} 改用${port === 0 ? '任意空闲端口' : ` ${port}`} | port ${listener.port} is taken; ${name} uses ${port === 0 ? 'any free one' : port} instead`);
  }
  return chosen;
}

function inWords(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

function sayWhatIsNext(gateway: Gateway, simulation: Simulation, context: CommandContext): void {
  const { scenario } = simulation;
  const { clients } = simulation.counters();
  const lines = [
    '',
    `  页面 Page    http://127.0.0.1:${gateway.httpPort}/`,
    `  接口 API     http://127.0.0.1:${gateway.httpPort}/api/docs`,
    `  MQTT         127.0.0.1:${gateway.mqttPort}`,
    '',
    `  模拟 ${clients} 个终端,场景“${scenario.name.zh}”。接下来(分:秒): | ${clients} simulated stations play “${scenario.name.en}”. What comes next (min:s):`,
    ...simulation.upcoming().flatMap(({ inMs, text }) => [`  ${inWords(inMs).padStart(6)}  ${text.zh}`, `          ${text.en}`]),
    ...(scenario.repeat ? [`  ${inWords(scenario.lengthMs).padStart(6)}  从头重演 | it begins again (scenario time)`] : []),
    '',
    '  按 Ctrl-C 结束 | Ctrl-C ends it',
    '',
  ];
  for (const line of lines) context.err(line);
}

/** A folder of its own for the stores: the one given, kept; else a new one that goes with the demo. */
function chooseFolder(given: string | undefined): { readonly path: string; readonly remove: () => void } {
  if (given !== undefined && given !== '') return { path: resolve(given), remove: () => {} };
  const path = mkdtempSync(join(tmpdir(), 'lianqin-demo-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

interface Play { readonly scenario: string; readonly speed: number }

async function play({ scenario, speed }: Play, env: Environment, context: CommandContext): Promise<number> {
  const files = readFiles(EXAMPLE, env);
  if (files.type === 'invalid') {
    for (const problem of files.problems) context.err(printProblem(problem));
    return EXIT_FAILED;
  }
  const arrangementText = readFileSync(files.config.arrangement, 'utf8');
  return runGateway({
    ...files,
    onReady: (gateway) => {
      const simulation = startSimulation({ brokerUrl: `mqtt://127.0.0.1:${gateway.mqttPort}`, arrangementText, scenario, speed, log: (line) => context.log.info(line) });
      sayWhatIsNext(gateway, simulation, context);
      return simulation;
    },
  }, context);
}

async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const options = parseOptions(args, { scenario: { type: 'string', default: DEFAULT_SCENARIO }, speed: { type: 'string', default: '1' }, 'data-dir': { type: 'string' } }, 0);
  if (options.type === 'help') {
    context.out(help);
    return EXIT_OK;
  }
  if (options.type === 'invalid') return refuseUsage('demo', options.because, context);
  const { scenario, 'data-dir': dataDir } = options.values as { scenario: string; 'data-dir'?: string };
  const speed = Number(options.values['speed']);
  if (!Number.isFinite(speed) || speed <= 0) return refuseUsage('demo', `--speed is ${JSON.stringify(options.values['speed'])}; a number over 0 is expected`, context);
  try {
    loadScenario(scenario);
  } catch (error) {
    return refuseUsage('demo', (error as Error).message, context);
  }
  const env = await choosePorts(context);
  const folder = chooseFolder(dataDir ?? env['LIANQIN_DATA_DIR']);
  try {
    return await play({ scenario, speed }, { ...env, LIANQIN_DATA_DIR: folder.path }, context);
  } finally {
    folder.remove();
  }
}

export const demo: Command = { name: 'demo', help, run };
