import { runSim } from '../../firmware-sim/main.ts';
import { EXIT_FAILED, EXIT_OK, refuseUsage, type Command, type CommandContext } from './command.ts';
import { followSignals } from './process-signals.ts';

async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const stop = new AbortController();
  if (args.includes('--help') || args.includes('-h')) return runSim(['--help'], stop.signal, context.out);
  using signals = followSignals({ ...context, source: context.signals, reload: () => context.log.info('SIGHUP means nothing to the simulator') });
  const stopping = signals.stop.then(() => stop.abort());
  try {
    const code = await runSim(args, stop.signal, context.err);
    if (stop.signal.aborted) await stopping;
    return code === 0 ? EXIT_OK : EXIT_FAILED;
  } catch (error) {
    // The simulator says by an exception what is wrong with its options and files.
    return refuseUsage('sim', (error as Error).message.split('\n')[0] ?? '', context);
  }
}

export const sim: Command = { name: 'sim', help: 'lianqin sim --help', run };
