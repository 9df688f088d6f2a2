/**
 * The composition root: names every implementation and reads from top to bottom as the data flows - stores, engine, door, API, broker, drain.
 * Stops in the reverse order, so that what was acknowledged is committed, and what was committed is kept.
 */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { CredentialBook } from './access/credential-book.ts';
import { credentialText } from './access/credential-text.ts';
import { readOrMakeKey } from './access/secret.ts';
import { mqttAccess } from './access/sign-in.ts';
import type { HealthReport } from './api/health.ts';
import { metricsOf, situationCounts, type MetricValues } from './api/metrics.ts';
import { openApi } from './api/server.ts';
import type { ApiDependencies } from './api/dependencies.ts';
import { ADOPTED_PREFIX, adoptedYaml, checkAdopted, type AdoptedDevice } from './arrangement/adopted-device.ts';
import type { Arrangement } from './arrangement/arrangement.ts';
import type { GatewayConfig } from './arrangement/gateway-config.ts';
import type { LoadResult } from './arrangement/load-arrangement.ts';
import { printProblem } from './arrangement/problem.ts';
import { openBroker } from './broker/broker.ts';
import { readTls } from './broker/tls-files.ts';
import { Engine } from './engine/engine.ts';
import type { GatewayCondition } from './engine/input.ts';
import { readEngineRow } from './engine/stored-state.ts';
import { HistoryReplay, type ReplayStatus } from './history/history-replay.ts';
import { INFLUX_POSITION_KEY, INFLUX_SINCE_KEY, InfluxHistory } from './history/influx-history.ts';
import type { SubjectFacts } from './history/record-lines.ts';
import { TwoHistories } from './history/two-histories.ts';
import { openDoor } from './ingest/door.ts';
import type { DeviceId, LinkId, SiteId } from './model/ids.ts';
import type { Clock } from './model/ports/clock.ts';
import type { HistoryStore } from './model/ports/history-store.ts';
import type { Journal, JournalStatus } from './model/ports/journal.ts';
import type { Log } from './model/ports/log.ts';
import type { Bilingual } from './model/text.ts';
import { minutes, millis, monoTime, wallTime, type Millis, type WallTime } from './model/time.ts';
import { watchCertificate } from './runtime/certificate-watch.ts';
import { Drain } from './runtime/drain.ts';
import { PointFeed } from './runtime/point-feed.ts';
import { probeReferences } from './runtime/reference-probe.ts';
import { ReleaseCursor } from './runtime/release-cursor.ts';
import { replaySpool } from './runtime/replay.ts';
import { describeTell, Runner } from './runtime/runner.ts';
import { showAll, shower } from './runtime/show.ts';
import { watchSpool } from './runtime/spool-watch.ts';
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
  readonly reread: (adopted: readonly AdoptedDevice[]) => LoadResult;
}
export interface Gateway extends AsyncDisposable {
  readonly mqttPort: number;
  /** Null without a TLS listener. */
  readonly mqttTlsPort: number | null;
  readonly httpPort: number;
  readonly credentials: CredentialBook;
  readonly spool: SpoolAccess;
  readonly dataDir: string;
  /** Whole or not at all: with any problem the arrangement in force stays. */
  reload(): Promise<{ readonly type: 'reloaded'; readonly digest: string } | { readonly type: 'kept'; readonly problems: readonly string[] }>;
}
export interface SpoolAccess {
  status(): Promise<{ readonly journal: JournalStatus; readonly maxBytes: number; readonly histories: Readonly<Record<string, number>>; readonly replay: ReplayStatus | null }>;
  /** Begins to move what the embedded history holds from before InfluxDB was there; null, or why not. */
  replay(): Promise<string | null>;
}
export type StartOutcome =
  | { readonly type: 'started'; readonly gateway: Gateway }
  /** One sentence: what stands in the way, and what to do. */
  | { readonly type: 'refused'; readonly because: string };

/** What the embedded history keeps beside an InfluxDB, so that the last days are there whatever happens to that. */
const NEAR_RETENTION: Millis = minutes(48 * 60);
const PAGE_DIR = fileURLToPath(new URL('../dashboards/page', import.meta.url));

export async function startGateway(options: GatewayOptions): Promise<StartOutcome> {
  const { config, log } = options;
  const opened = await openJournal({ dataDir: config.dataDir, log, now: options.clock.now().wall, ...config.journal });
  if (opened.type === 'locked') return { type: 'refused', because: `another gateway${opened.pid === null ? '' : ` (pid ${opened.pid})`} has the data folder ${config.dataDir}` };
  if (opened.type === 'failed') return { type: 'refused', because: opened.because };
  // Everything opened from here on is closed again, the last first, where a later part cannot start.
  const stack = new AsyncDisposableStack();
  const journal = stack.use(opened.journal);
  try {
    return { type: 'started', gateway: await compose(options, journal, stack, opened.salvaged) };
  } catch (error) {
    await stack.disposeAsync();
    const { code, message } = error as NodeJS.ErrnoException;
    return { type: 'refused', because: code === 'EADDRINUSE' ? `${message}: another program listens there; name another port` : message };
  }
}

async function compose(options: GatewayOptions, journal: Journal, stack: AsyncDisposableStack, journalSalvaged: string | null): Promise<Gateway> {
  const salvaged = journalSalvaged === null ? [] : [journalSalvaged];
  const { config, clock, log } = options;
  const rows = await journal.loadState();
  const retention = config.history.influx === null ? config.history.retention : NEAR_RETENTION;
  const embedded = stack.use(await openEmbeddedHistory({ dataDir: config.dataDir, retention, averages: config.history.averages, clock, log, salvaged: (sentence) => { salvaged.push(sentence); } }));
  const status = await journal.status();
  const runtimeBase = millis(readEngineRow(rows).runtimeMs);

  const adopted = new Map(rows.filter(({ key, json }) => json !== null && key.startsWith(ADOPTED_PREFIX)).map(({ key, json }) => [key.slice(ADOPTED_PREFIX.length), JSON.parse(json ?? '') as AdoptedDevice]));
  const first = adopted.size === 0 ? null : options.reread([...adopted.values()]);
  const engine = new Engine({ arrangement: first?.type === 'loaded' ? first.arrangement : options.arrangement, rows, timelineSeq: status.timelineSeq, now: { wall: clock.now().wall, mono: monoTime(runtimeBase) } });
  const influx = config.history.influx === null ? null : new InfluxHistory({
    settings: config.history.influx, journal, clock, log, facts: factsOf(() => engine.arrangement),
    position: Number(rows.find(({ key }) => key === INFLUX_POSITION_KEY)?.json ?? 0),
    since: sinceOf(rows.find(({ key }) => key === INFLUX_SINCE_KEY)?.json),
  });
  const history = influx === null ? embedded : new TwoHistories(embedded, influx, NEAR_RETENTION, clock);
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
        for (const drain of drains) drain.nudge();
      }
      return outcome;
    },
  };
  const credentials = new CredentialBook({
    rows, key: readOrMakeKey(config.dataDir), journal, clock,
    ended: (id) => { broker.endCredential(id, credentials.list().find((each) => each.id === id)?.devices ?? []); },
    noted: (what, credential) => { runner.post({ type: 'noted', what, by: 'command-line', ...credentialText(what, credential) }); },
  });
  const door = openDoor({ journal: committing, arrangement: () => engine.arrangement, inbox: runner, clock, log });
  door.restore(rows);
  const replay = influx === null ? null : stack.use(new HistoryReplay({ from: embedded, write: (lines) => influx.writeAside(lines), facts: factsOf(() => engine.arrangement), clock, log }));
  const release = new ReleaseCursor(journal, influx === null ? ['embedded'] : ['embedded', 'influxdb']);
  const drainInto = (name: string, store: HistoryStore, condition: GatewayCondition | null): Drain => new Drain({
    journal, name, history: store, retention, clock, log, busy: () => door.busy, backlogBytes: config.journal.maxBytes / 4, chance: () => randomBytes(2).readUInt16BE() / 65_536,
    reached: (position) => release.reach(name, position),
    trouble: (because) => { if (condition !== null) runner.post({ type: 'condition-changed', condition, because: because === null ? null : unreachable(because) }); },
  });
  const drains = [drainInto('embedded', embedded, null), ...(influx === null ? [] : [drainInto('influxdb', influx, 'store-unreachable')])];
  const points = influx === null ? null : new PointFeed({
    situation, journal: { commit: committing.commit, readTimeline: (query) => journal.readTimeline(query) }, clock, log, rows, instance: hostname(), figures: () => ownFigures(),
  });

  const api = stack.use(await openApi({
    receive: (message) => new Promise((resolve) => { door.receive(message, resolve); }),
    adoption: { adopt, yaml: () => adoptedYaml([...adopted.values()]) },
    situation, feed, journal, history, arrangement: () => engine.arrangement, clock, log, host: config.http.host, port: config.http.port, publicUrl: config.http.publicUrl, pageDir: PAGE_DIR,
    metricsText: metricsOf(async () => figures()), health: () => health(),
  }));
  const broker = await openBroker({ door, clock, log, host: config.mqtt.host, port: config.mqtt.port, ratePerClient: config.mqtt.ratePerClient, access: mqttAccess(credentials, config.mqtt.anonymousLoopback), tls: readTls(config) });
  const showThere = shower(situation, feed, broker);
  const show = (change: Parameters<typeof showThere>[0]): void => {
    showThere(change);
    points?.changed(change);
  };
  broker.acceptWebSocket(api.server, api.mayUpgrade);

  // From the bottom up: the broker stops taking, the runner stores what it knows, the drain ends its batch.
  for (const drain of drains) stack.defer(() => drain.stop());
  stack.defer(async () => points?.stop());
  let tlsInForce = config.mqtt.tls === null ? null : readTls(config)?.cert ?? null;
  const certificate = stack.use(watchCertificate({ certificate: () => tlsInForce, clock, expiring: (because) => { runner.post({ type: 'condition-changed', condition: 'certificate-expiry', because }); } }));
  stack.use(probeReferences({ arrangement: () => engine.arrangement, inbox: runner, clock }));
  stack.use(watchSpool({ journal, maxBytes: config.journal.maxBytes, clock, log, filling: (because) => { runner.post({ type: 'condition-changed', condition: 'spool-filling', because }); },
    relieved: () => { runner.post({ type: 'condition-changed', condition: 'data-dropped', because: null }); },
  }));
  stack.defer(() => runner.stop());
  stack.use(broker);
  runner.start();
  const replayed = await replaySpool(journal, status.enginePosition, (group) => { door.replay(group); });
  runner.passed(replayed.position);
  if (replayed.records > 0) log.info('read again what came after the last stored state', { records: replayed.records });
  showAll(situation, show);
  for (const sentence of salvaged) {
    log.error('a damaged file was salvaged', { because: sentence });
    runner.post({ type: 'condition-changed', condition: 'data-dropped', because: { zh: `数据文件损坏,已尽量抢救:${sentence}`, en: sentence } });
  }
  if (influx === null) runner.post({ type: 'condition-changed', condition: 'store-unreachable', because: null });
  for (const drain of drains) await drain.start();
  points?.start();

  async function adopt(wanted: unknown): ReturnType<ApiDependencies['adoption']['adopt']> {
    const checked = checkAdopted(wanted);
    if (checked.type === 'wrong') return { type: 'refused', because: checked.because, conflict: false };
    const { device } = checked;
    if (engine.arrangement.devices.has(device.id as DeviceId)) return { type: 'refused', because: `${device.id} is in the arrangement already`, conflict: true };
    if (!engine.arrangement.sites.has(device.site as SiteId)) return { type: 'refused', because: `site is ${JSON.stringify(device.site)}; a site of the arrangement is expected`, conflict: false };
    const result = options.reread([...adopted.values(), device]);
    if (result.type === 'invalid') return { type: 'refused', because: `the arrangement has faults of its own: ${result.problems.map(printProblem)[0] ?? ''}`, conflict: true };
    const outcome = await journal.commit({ state: [{ key: ADOPTED_PREFIX + device.id, json: JSON.stringify(device) }] });
    if (outcome.type === 'failed') return { type: 'refused', because: `it could not be stored: ${outcome.because}`, conflict: true };
    adopted.set(device.id, device);
    runner.post({ type: 'reloaded', arrangement: result.arrangement });
    runner.post({ type: 'noted', what: 'device-adopted', by: 'api', text: { zh: `收编设备:${device.id}(${device.site})`, en: `device ${device.id} was adopted at ${device.site}` }, detail: { device: device.id, site: device.site, kind: device.kind } });
    return { type: 'adopted' };
  }
  function impaired(): Bilingual[] {
    const found: Bilingual[] = [];
    if (engine.blind) found.push({ zh: '数据暂时无法落盘,新数据不予确认', en: 'data cannot be stored at the moment, and nothing new is acknowledged' });
    if (drains.some((drain) => drain.failing)) found.push({ zh: '历史库暂不可用,数据在队列中等待', en: 'the history takes no points at the moment; they wait in the spool' });
    return found;
  }
  function health(): HealthReport {
    return { checks: [
      { name: 'journal', ok: !engine.blind, because: engine.blind ? 'commits fail; nothing is acknowledged' : null },
      { name: 'broker', ok: broker.port > 0, because: null },
      { name: 'history', ok: drains[0]?.failing !== true, because: drains[0]?.failing === true ? 'points wait in the spool' : null },
    ] };
  }
  async function figures(): Promise<MetricValues> {
    const [stored, kept] = await Promise.all([journal.status(), embedded.status()]);
    const atDoor = door.counters();
    const atBroker = broker.counters();
    return {
      lianqin_spool_accepted_total: stored.counters.accepted, lianqin_quarantined_total: stored.counters.quarantined, lianqin_quarantine_evicted_total: stored.counters.quarantineEvicted, lianqin_spool_thinned_total: stored.counters.thinned,
      lianqin_refused_total: stored.counters.refusedByCode, lianqin_spool_bytes: stored.spoolBytes, lianqin_spool_position: stored.lastPosition,
      lianqin_engine_position: stored.enginePosition, lianqin_released_position: stored.releasedPosition, lianqin_timeline_seq: stored.timelineSeq,
      lianqin_door_duplicates_total: atDoor.duplicates, lianqin_mqtt_connections: atBroker.connected, lianqin_mqtt_connections_total: atBroker.accepted, lianqin_mqtt_refused_connections_total: atBroker.refusedByReason,
      lianqin_mqtt_closed_total: atBroker.closedByUs, lianqin_mqtt_slowed_total: atBroker.slowed, lianqin_door_waiting: atDoor.waiting, lianqin_commit_failures_total: atDoor.commitFailures,
      lianqin_mqtt_received_total: atDoor.accepted + atDoor.duplicates + atDoor.refused + atDoor.foreign + atDoor.unavailable, lianqin_mqtt_acknowledged_total: atDoor.accepted + atDoor.duplicates + atDoor.refused - atDoor.waiting, lianqin_engine_inputs_total: runner.inputs,
      lianqin_engine_waiting: runner.waitingEntries, lianqin_history_position: kept.position, lianqin_history_points: kept.points, lianqin_history_heartbeats: kept.heartbeats,
      ...(influx === null ? {} : {
        lianqin_influx_position: (await influx.status()).position, lianqin_influx_points_total: influx.counters.written, lianqin_influx_retries_total: influx.counters.retries,
        lianqin_influx_dead_letters_total: influx.counters.deadLetters, lianqin_influx_late_dropped_total: influx.counters.lateDropped,
      }),
      lianqin_stream_readers: api.streams.count, lianqin_stream_readers_cut_total: api.streams.cut, ...situationCounts(situation),
    };
  }

  async function ownFigures(): Promise<Readonly<Record<string, number>>> {
    const [stored, { refused, accepted }] = [await journal.status(), door.counters()];
    return {
      clients: broker.counters().connected, in_msgs: accepted, refused, spool_points: stored.lastPosition - stored.releasedPosition, spool_bytes: stored.spoolBytes,
      write_ms: influx?.counters.write_ms ?? 0, retries: influx?.counters.retries ?? 0, dead_letters: influx?.counters.deadLetters ?? 0, rss_bytes: process.memoryUsage.rss(),
    };
  }

  return {
    mqttPort: broker.port, mqttTlsPort: broker.tlsPort, httpPort: api.port, dataDir: config.dataDir, credentials,
    spool: {
      status: async () => ({ journal: await journal.status(), maxBytes: config.journal.maxBytes, histories: Object.fromEntries(release.reached), replay: replay?.status ?? null }),
      replay: async () => {
        if (replay === null || influx === null) return 'there is no InfluxDB to replay into; set history.influx.url';
        const subjects = [...[...engine.devices.keys()].map((id) => ({ type: 'device' as const, id })), ...[...engine.links.keys()].map((id) => ({ type: 'link' as const, id }))];
        // What came later is there already, with more tags than the embedded history knows of.
        return replay.start(subjects, influx.since ?? clock.now().wall) ? null : 'a replay runs already';
      },
    },
    reload: async () => {
      const result = options.reread([...adopted.values()]);
      if (result.type === 'invalid') return { type: 'kept', problems: result.problems.map(printProblem) };
      // A renewed certificate comes into force with it.
      try {
        const tls = readTls(config);
        if (tls !== null) broker.renewTls(tls);
        tlsInForce = tls?.cert ?? null;
        certificate.renewed();
      } catch (error) {
        return { type: 'kept', problems: [(error as Error).message] };
      }
      runner.post({ type: 'reloaded', arrangement: result.arrangement });
      return { type: 'reloaded', digest: result.arrangement.digest };
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** What points are tagged with, as the arrangement in force says it. */
function factsOf(arrangement: () => Arrangement): SubjectFacts {
  return { device: (id) => arrangement().devices.get(id as DeviceId), link: (id) => arrangement().links.get(id as LinkId) };
}

const sinceOf = (json: string | null | undefined): WallTime | null => (json == null ? null : wallTime(Number(json)));
const unreachable = (because: string): Bilingual => ({ zh: `历史库InfluxDB写不进去,数据在队列中等待:${because}`, en: `InfluxDB takes no points; they wait in the spool: ${because}` });
