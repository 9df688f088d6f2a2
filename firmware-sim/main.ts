/** `lianqin sim`: the simulated city, or so many plain devices, against any gateway. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { milliseconds } from './duration.ts';
import { SCENARIOS, startSimulation } from './simulate.ts';

const HELP = `lianqin sim --broker URL [options]
  --broker URL          such as mqtt://127.0.0.1:1883
  --arrangement FILE    whose devices and links to simulate (default: the example city)
  --scenario NAME       ${SCENARIOS.join(', ')}, or a file (default quiet-night)
  --seed N              the same seed gives the same simulation (default 1)
  --speed X             run the scenario's timeline X times faster (default 1)
  --devices N           so many plain devices d0001, d0002 ... instead of an arrangement's
  --interval S          how often each of those sends, such as 1s (default 1s)
`;

/** Runs until `signal` is aborted; resolves with the exit code. */
export async function runSim(argv: readonly string[], signal: AbortSignal, print: (line: string) => void): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      help: { type: 'boolean' }, broker: { type: 'string' }, arrangement: { type: 'string' }, scenario: { type: 'string', default: 'quiet-night' }, seed: { type: 'string', default: '1' },
      speed: { type: 'string', default: '1' }, devices: { type: 'string' }, interval: { type: 'string', default: '1s' },
    },
  });
  if (values.help === true) {
    print(HELP);
    return 0;
  }
  if (values.broker === undefined) throw new Error('--broker is missing; a URL such as mqtt://127.0.0.1:1883 is expected');
  const number = (name: 'seed' | 'speed' | 'devices'): number => {
    const value = Number(values[name]);
    const whole = name !== 'speed';
    if (!Number.isFinite(value) || value <= 0 || (whole && !Number.isInteger(value))) throw new Error(`--${name} is ${values[name]}; a ${whole ? 'whole ' : ''}number over 0 is expected`);
    return value;
  };
  const arrangement = values.arrangement ?? new URL('../examples/jiamusi/arrangement.yaml', import.meta.url);
  await using simulation = startSimulation({
    brokerUrl: values.broker, arrangementText: readFileSync(arrangement, 'utf8'), scenario: values.scenario, seed: number('seed'), speed: number('speed'),
    ...(values.devices === undefined ? {} : { devices: number('devices'), intervalMs: milliseconds(/^\d+$/.test(values.interval) ? `${values.interval}s` : values.interval, '--interval') }), log: print,
  });
  const report = setInterval(() => {
    const { sent, acked, dropped, lost, connected, clients } = simulation.counters();
    print(`${connected} of ${clients} connected, ${sent} sent, ${acked} acknowledged, ${dropped} dropped, ${lost} lost by restarts`);
  }, 10_000);
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => { resolve(); }, { once: true });
  });
  clearInterval(report);
  return 0;
}
