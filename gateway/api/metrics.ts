/** What /metrics says, in Prometheus text: one table of names, filled from the counters of all parts at each scrape. */
import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client';
import type { Situation } from '../model/ports/situation.ts';

/** Counters end in `_total` and only grow; the others are gauges. `by` is the one label. */
const FAMILIES = {
  lianqin_spool_accepted_total: { help: 'Records committed to the spool, ever; survives restarts' },
  lianqin_quarantined_total: { help: 'Messages refused and kept in quarantine, ever; survives restarts' },
  lianqin_quarantine_evicted_total: { help: 'Oldest quarantine rows removed at the bound' },
  lianqin_spool_thinned_total: { help: 'Records that went from the spool before a history had them; survives restarts' },
  lianqin_refused_total: { help: 'Messages refused, by reason', by: 'code' },
  lianqin_commit_failures_total: { help: 'Commits of the journal that failed' },
  lianqin_spool_bytes: { help: 'Bytes in the spool that are not yet released' },
  lianqin_spool_position: { help: 'Last position of the spool' },
  lianqin_engine_position: { help: 'Position up to which the engine state is stored' },
  lianqin_released_position: { help: 'Position up to which the spool is released' },
  lianqin_timeline_seq: { help: 'Last entry of the timeline' },
  lianqin_door_waiting: { help: 'Messages at the door that wait for their commit' },
  lianqin_door_duplicates_total: { help: 'Heartbeats known already by device, boot and seq' },
  lianqin_mqtt_connections: { help: 'Connected MQTT clients' },
  lianqin_mqtt_connections_total: { help: 'MQTT connections accepted' },
  lianqin_mqtt_refused_connections_total: { help: 'MQTT connections refused, by reason', by: 'reason' },
  lianqin_mqtt_slowed_total: { help: 'How often a connection was not read because it sent more than it may' },
  lianqin_mqtt_closed_total: { help: 'MQTT connections that the gateway closed, by reason', by: 'reason' },
  lianqin_mqtt_received_total: { help: 'Publishes received' },
  lianqin_mqtt_acknowledged_total: { help: 'Publishes acknowledged' },
  lianqin_engine_inputs_total: { help: 'Inputs taken by the engine' },
  lianqin_engine_waiting: { help: 'Inputs that wait for the engine' },
  lianqin_history_position: { help: 'Spool position that the history holds' },
  lianqin_history_points: { help: 'Points in the history' },
  lianqin_history_heartbeats: { help: 'Heartbeats in the history' },
  lianqin_history_write_failures_total: { help: 'Writes to the history that failed' },
  lianqin_influx_position: { help: 'Spool position that InfluxDB holds' },
  lianqin_influx_points_total: { help: 'Points written to InfluxDB since the start' },
  lianqin_influx_retries_total: { help: 'Writes to InfluxDB that were not taken and are tried again' },
  lianqin_influx_dead_letters_total: { help: 'Points that InfluxDB will never take; see the quarantine, code influx-refused' },
  lianqin_influx_late_dropped_total: { help: 'Points that were older than the retention of InfluxDB' },
  lianqin_stream_readers: { help: 'Open readers of the event stream' },
  lianqin_stream_readers_cut_total: { help: 'Readers of the event stream that were cut because they did not read' },
  lianqin_alerts: { help: 'Open alerts by severity', by: 'severity' },
  lianqin_sites: { help: 'Sites by state of their path', by: 'path' },
  lianqin_links: { help: 'Links by state', by: 'state' },
  lianqin_devices: { help: 'Devices by state', by: 'state' },
} as const;

export type MetricName = keyof typeof FAMILIES;
/** A number, or one for each value of the family's label. A family that is left out is not shown. */
export type MetricValues = Readonly<Partial<Record<MetricName, number | Readonly<Record<string, number>>>>>;
export interface MetricsText {
  readonly contentType: string;
  readonly body: string;
}

/** Makes the function behind /metrics. `counters` is asked once a scrape; counters are absolute, as their owners hold them. */
export function metricsOf(counters: () => MetricValues | Promise<MetricValues>): () => Promise<MetricsText> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const families = new Map<MetricName, Counter | Gauge>();
  return async () => {
    const values = await counters();
    for (const name of Object.keys(FAMILIES) as MetricName[]) {
      const value = values[name];
      if (value !== undefined) fill(familyOf(name, families, registry), name, value);
    }
    return { contentType: registry.contentType, body: await registry.metrics() };
  };
}

/** What the situation itself counts; spread it into the counters. */
export function situationCounts(situation: Situation): MetricValues {
  return {
    lianqin_alerts: tally(['red', 'orange', 'yellow', 'blue'], situation.alerts('open').map((alert) => alert.severity)),
    lianqin_sites: tally(['primary', 'single', 'unprotected', 'failover', 'isolated', 'unknown'], situation.paths().map((path) => path.is)),
    lianqin_links: tally(['unknown', 'up', 'late', 'down'], situation.links().map((link) => link.state.is)),
    lianqin_devices: tally(['unknown', 'up', 'late', 'down', 'unreachable'], situation.devices().map((device) => device.state.is)),
  };
}

/** Names every word, so that a series goes to 0 instead of vanishing. */
function tally(words: readonly string[], found: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = Object.fromEntries(words.map((word) => [word, 0]));
  for (const word of found) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

function familyOf(name: MetricName, families: Map<MetricName, Counter | Gauge>, registry: Registry): Counter | Gauge {
  const known = families.get(name);
  if (known !== undefined) return known;
  const label = labelOf(name);
  const options = { name, help: FAMILIES[name].help, labelNames: label === null ? [] : [label], registers: [registry] };
  const made = name.endsWith('_total') ? new Counter(options) : new Gauge(options);
  families.set(name, made);
  return made;
}

function fill(target: Counter | Gauge, name: MetricName, value: number | Readonly<Record<string, number>>): void {
  const label = labelOf(name);
  target.reset();
  if (typeof value === 'number') target.inc(value);
  else if (label !== null) for (const [word, count] of Object.entries(value)) target.inc({ [label]: word }, count);
}

function labelOf(name: MetricName): string | null {
  const family = FAMILIES[name];
  return 'by' in family ? family.by : null;
}
