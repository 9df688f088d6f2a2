/** One gateway from start to stop, as `serve` and `demo` run it: ready line, reload, signals, and the stop in the reverse order. */
import type { Arrangement } from '../arrangement/arrangement.ts';
import type { GatewayConfig } from '../arrangement/gateway-config.ts';
import { startGateway, type Gateway } from '../app.ts';
import { openAdminSocket, type AdminReply, type GatewayStatus } from './admin-socket.ts';
import { EXIT_FAILED, EXIT_OK, type CommandContext } from './command.ts';
import { answerCredentialRequest } from './credential-requests.ts';
import { spoolStatus, type SpoolReply } from './spool-requests.ts';
import { followSignals } from './process-signals.ts';
import { readArrangement } from './read-files.ts';

export interface GatewayRun {
  readonly config: GatewayConfig;
  readonly arrangement: Arrangement;
  /** Called once everything listens, after the ready line; what it returns is closed before the gateway is. */
  readonly onReady?: (gateway: Gateway) => AsyncDisposable;
}

const sayReload = (reply: AdminReply, { log }: CommandContext): void => {
  if (reply.type === 'reloaded') log.info('arrangement reloaded', { digest: reply.digest });
  else if (reply.type === 'kept') for (const problem of reply.problems) log.error('arrangement not reloaded; the one before stays', { problem });
};

/** Resolves with the exit code when the gateway has stopped, or at once when it could not start. */
export async function runGateway({ config, arrangement, onReady }: GatewayRun, context: CommandContext): Promise<number> {
  const { clock, log } = context;
  let gateway: Gateway | null = null;
  const reload = async (): Promise<AdminReply> => {
    if (gateway === null) return { type: 'kept', problems: ['the gateway is still starting'] };
    const reply = await gateway.reload();
    sayReload(reply, context);
    return reply;
  };
  const report = (error: unknown): void => log.error('reload failed', { because: error instanceof Error ? error.message : String(error) });
  // Signals count from here on: one that comes while the stores open stops the gateway as soon as they are.
  using signals = followSignals({ ...context, source: context.signals, reload: () => { reload().catch(report); } });

  const started = await startGateway({ config, arrangement, clock, log, reread: (adopted) => readArrangement(config.arrangement, adopted) });
  if (started.type === 'refused') {
    context.err(`lianqin: ${started.because}`);
    return EXIT_FAILED;
  }
  // Closed from the last to the first.
  await using open = new AsyncDisposableStack();
  gateway = open.use(started.gateway);
  const { credentials, spool } = gateway;
  const answerSpool = async (replay: boolean): Promise<SpoolReply> => {
    if (replay) {
      const because = await spool.replay();
      return because === null ? { type: 'replaying' } : { type: 'refused', because };
    }
    const { journal, maxBytes, histories, replay: status } = await spool.status();
    return { type: 'spool', ...spoolStatus(journal, maxBytes, histories, status) };
  };
  const status: GatewayStatus = { pid: context.pid, mqtt: gateway.mqttPort, ...(gateway.mqttTlsPort === null ? {} : { mqtts: gateway.mqttTlsPort }), http: gateway.httpPort, dataDir: gateway.dataDir };
  const admin = await openAdminSocket({ dataDir: gateway.dataDir, clock, log, status, reload, spool: answerSpool, credentials: (request) => answerCredentialRequest(credentials, request) });
  if (admin !== null) open.use(admin);
  context.out(JSON.stringify({ ready: true, ...status }));
  if (onReady !== undefined) open.use(onReady(gateway));
  await signals.stop;
  await open.disposeAsync();
  log.info('stopped');
  return EXIT_OK;
}
