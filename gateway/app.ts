/**
 * The composition root: names every implementation and reads from top to bottom as the data flows - stores, engine, door, API, broker, drain.
 * Stops in the reverse order, so that what was acknowledged is committed, and what was committed is kept.
 */
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { HealthReport } from './api/health.ts';
import { metricsOf, situationCounts, type MetricValues } from './api/metrics.ts';
import { openApi } from './api/server.ts';
import type { Arrangement } from './arrangement/arrangement.ts';
import type { GatewayConfig } from './arrangement/gateway-config.ts';
import type { LoadResult } from './arrangement/load-arrangement.ts';
import { printProblem } from './arrangement/problem.ts';
import { openBroker } from './broker/broker.ts';
import { Engine } from './engine/engine.ts';
import { readEngineRow } from './engine/stored-state.ts';
import { openDoor } from './ingest/door.ts';
import type { Clock } from './model/ports/clock.ts';
import type { Journal } from './model/ports/journal.ts';
import type { Log } from './model/ports/log.ts';
import type { Bilingual } from './model/text.ts';
import { millis, monoTime } from './model/time.ts';
import { Drain } from './runtime/drain.ts';
import { replaySpool } from './runtime/replay.ts';
import { describeTell, Runner } from './runtime/runner.ts';
import { showAll, shower } from './runtime/show.ts';
import { openEmbeddedHistory } from './store/embedded-history.ts';
import { openJournal } from './store/journal.ts';
import { HeldChangeFeed } from './views/change-feed.ts';
import { situationOf } from './views/situation.ts';

export interface GatewayOptions {
  readonly config: GatewayConfig;
  readonly arrangement: Arrangement;
  readonly clock: Clock;
  readonly log: Log;
  /** Reads the arrangement's file anew, for a reload. */
  readonly reread: () => LoadResult;
}
export interface Gateway extends AsyncDisposable {
  readonly mqttPort: number;
  readonly httpPort: number;
  readonly dataDir: string;
  /** Whole or not at all: with any problem the arrangement in force stays. */
  reload(): Promise<{ readonly type: 'reloaded'; readonly digest: string } | { readonly type: 'kept'; readonly problems: readonly string[] }>;
}
export type StartOutcome =
  | { readonly type: 'started'; readonly gateway: Gateway }
  /** One sentence: what stands in the way, and what to do. */
  | { readonly type: 'refused'; readonly because: string };

const PAGE_DIR = fileURLToPath(new URL('../dashboards/page', import.meta.url));

export async function startGateway(options: GatewayOptions): Promise<StartOutcome> {
  const { config, log } = options;
  const opened = await openJournal({ dataDir: config.dataDir, log, ...config.journal });
  if (opened.type === 'locked') return { type: 'refused', because: `another gateway${opened.pid === null ? '' : ` (pid ${opened.pid})`} has the data folder ${config.dataDir}` };
  if (opened.type === 'failed') return { type: 'refused', because: opened.because };
  // Everything opened from here on is closed again, the last first, where a later part cannot start.
  const stack = new AsyncDisposableStack();
  const journal = stack.use(opened.journal);
  try {
    return { type: 'started', gateway: await compose(options, journal, stack) };
  } catch (error) {
    await stack.disposeAsync();
    const { code, message } = error as NodeJS.ErrnoException;
    return { type: 'refused', because: code === 'EADDRINUSE' ? `${message}: another program listens there; name another port` : message };
  }
}

async function compose(options: GatewayOptions, journal: Journal, stack: AsyncDisposableStack): Promise<Gateway> {
  const { config, clock, log } = options;
  const history = stack.use(await openEmbeddedHistory({ dataDir: config.dataDir, retention: config.history.retention, clock, log }));
  const rows = await journal.loadState();
  const status = await journal.status();
  const runtimeBase = millis(readEngineRow(rows).runtimeMs);

  const engine = new Engine({ arrangement: options.arrangement, rows, timelineSeq: status.timelineSeq, now: { wall: clock.now().wall, mono: monoTime(runtimeBase) } });
  const situation = situationOf({ engine, clock, impaired: () => impaired() });
  const feed = new HeldChangeFeed(randomBytes(4).toString('hex'));
  const runner: Runner = new Runner({
    engine, journal, clock, log, runtimeBase,
    show: (change) => { show(change); },
    tell: (tell) => {
      const { message, fields } = describeTell(tell);
      log.warn(message, fields);
    },
    moreRows: () => door.dirtyRows(),
  });
  // What is committed is told to the engine in the same turn as the door learns of it; only then may the position count as passed.
  const committing: Pick<Journal, 'commit'> = {
    commit: async (commit) => {
      const { spool } = commit;
      const count = spool?.count ?? 0;
      const outcome = await journal.commit(commit);
      if (outcome.type === 'committed' && count > 0) {
        runner.passed(outcome.first + count - 1);
        drain.nudge();
      }
      return outcome;
    },
  };
  const door = openDoor({ journal: committing, arrangement: () => engine.arrangement, inbox: runner, clock, log });
  door.restore(rows);
  const drain = new Drain({
    journal, history, retention: config.history.retention, clock, log, busy: () => door.busy, backlogBytes: config.journal.maxBytes / 4,
  });

  const api = stack.use(await openApi({
    situation, feed, journal, history, arrangement: () => engine.arrangement, clock, log, host: config.http.host, port: config.http.port, publicUrl: config.http.publicUrl, pageDir: PAGE_DIR,
    metricsText: metricsOf(async () => figures()), health: () => health(),
  }));
  const broker = await openBroker({ door, clock, log, host: config.mqtt.host, port: config.mqtt.port, anonymousLoopback: config.mqtt.anonymousLoopback });
  const show = shower(situation, feed, broker);
  broker.acceptWebSocket(api.server, api.mayUpgrade);

  // From the bottom up: the broker stops taking, the runner stores what it knows, the drain ends its batch.
  stack.defer(() => drain.stop());
  stack.defer(() => runner.stop());
  stack.use(broker);
  runner.start();
  const replayed = await replaySpool(journal, status.enginePosition, (group) => { door.replay(group); });
  runner.passed(replayed.position);
  if (replayed.records > 0) log.info('read again what came after the last stored state', { records: replayed.records });
  showAll(situation, show);
  await drain.start();

  function impaired(): Bilingual[] {
    const found: Bilingual[] = [];
    if (engine.blind) found.push({ zh: '数据暂时无法落盘,新数据不予确认', en: 'data cannot be stored at the moment, and nothing new is acknowledged' });
    if (drain.failing) found.push({ zh: '历史库暂不可用,数据在队列中等待', en: 'the history takes no points at the moment; they wait in the spool' });
    return found;
  }
  function health(): HealthReport {
    return { checks: [
      { name: 'journal', ok: !engine.blind, because: engine.blind ? 'commits fail; nothing is acknowledged' : null },
      { name: 'broker', ok: broker.port > 0, because: null },
      { name: 'history', ok: !drain.failing, because: drain.failing ? 'points wait in the spool' : null },
    ] };
  }
  async function figures(): Promise<MetricValues> {
    const [stored, points] = await Promise.all([journal.status(), history.status()]);
    const atDoor = door.counters();
    const atBroker = broker.counters();
    return {
      lianqin_spool_accepted_total: stored.counters.accepted, lianqin_quarantined_total: stored.counters.quarantined, lianqin_quarantine_evicted_total: stored.counters.quarantineEvicted,
      lianqin_refused_total: stored.counters.refusedByCode, lianqin_spool_bytes: stored.spoolBytes, lianqin_spool_position: stored.lastPosition,
      lianqin_engine_position: stored.enginePosition, lianqin_released_position: stored.releasedPosition, lianqin_timeline_seq: stored.timelineSeq,
      lianqin_door_duplicates_total: atDoor.duplicates, lianqin_mqtt_connections: atBroker.connected, lianqin_engine_inputs_total: runner.inputs,
      lianqin_engine_waiting: runner.waitingEntries, lianqin_history_position: points.position, lianqin_history_points: points.points, lianqin_history_heartbeats: points.heartbeats,
      lianqin_stream_readers: api.streams.count, lianqin_stream_readers_cut_total: api.streams.cut, ...situationCounts(situation),
    };
  }

  return {
    mqttPort: broker.port, httpPort: api.port, dataDir: config.dataDir,
    reload: async () => {
      const result = options.reread();
      if (result.type === 'invalid') return { type: 'kept', problems: result.problems.map(printProblem) };
      runner.post({ type: 'reloaded', arrangement: result.arrangement });
      return { type: 'reloaded', digest: result.arrangement.digest };
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
