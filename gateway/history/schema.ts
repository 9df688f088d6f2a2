/** The one table of what is in InfluxDB: measurements, their tags and fields, and how long each is kept. docs/influxdb.md is written from it. */
import type { DeviceKind } from '../model/state.ts';

export type FieldType = 'float' | 'integer' | 'string';
export interface MeasurementSchema {
  readonly tags: readonly string[];
  readonly fields: Readonly<Record<string, FieldType>>;
  readonly retention: 'raw' | 'events';
}
const floats = (...names: string[]): Record<string, FieldType> => Object.fromEntries(names.map((name) => [name, 'float']));

export type Measurement =
  | 'device_radio' | 'device_flood' | 'device_depot' | 'device_metric' | 'device_state' | 'carrier_link' | 'site_path' | 'alert_event' | 'notification' | 'gateway_self';
export const MEASUREMENTS: Readonly<Record<Measurement, MeasurementSchema>> = {
  device_radio: {
    tags: ['site', 'device', 'carrier', 'model'], retention: 'raw',
    fields: { ...floats('rssi_dbm', 'snr_db', 'battery_v', 'temp_c', 'frequency_hz', 'tx_count', 'rx_count', 'uptime_s', 'ptt', 'vswr', 'forward_w', 'reflected_w', 'battery_pct'), received_ms: 'integer' },
  },
  device_flood: {
    tags: ['site', 'device', 'model'], retention: 'raw',
    fields: {
      ...floats('water_level_m', 'rain_day_mm', 'rain_total_mm', 'rain_5min_mm', 'rain_hour_mm', 'flow_m3s', 'velocity_mps', 'battery_v', 'air_temp_c', 'water_temp_c'), received_ms: 'integer',
    },
  },
  device_depot: {
    tags: ['site', 'device', 'asset'], retention: 'raw',
    fields: {
      ...floats('running', 'fuel_pct', 'current_a', 'voltage_v', 'temp_c', 'humidity_pct', 'hours_s', 'fault_code', 'mains', 'battery_pct', 'battery_v', 'battery_min', 'load_pct'), received_ms: 'integer',
    },
  },
  device_metric: { tags: ['site', 'device', 'link', 'metric'], retention: 'raw', fields: { value: 'float', received_ms: 'integer' } },
  device_state: { tags: ['site', 'device', 'kind'], retention: 'raw', fields: { state_code: 'integer', age_s: 'float', seq_gap: 'integer', clock_skew_ms: 'integer' } },
  carrier_link: { tags: ['carrier', 'site', 'link', 'bearer'], retention: 'raw', fields: { state_code: 'integer', rtt_ms: 'float', loss_pct: 'float', age_s: 'float' } },
  site_path: { tags: ['site'], retention: 'raw', fields: { state_code: 'integer', active: 'string', switches: 'integer' } },
  alert_event: { tags: ['severity', 'kind', 'site', 'carrier'], retention: 'events', fields: { alert_id: 'string', phase: 'string', text: 'string', owner: 'string', seq: 'integer' } },
  notification: { tags: ['channel', 'agency'], retention: 'events', fields: { outcome: 'string', latency_ms: 'integer', attempts: 'integer' } },
  gateway_self: {
    tags: ['instance'], retention: 'raw',
    fields: {
      ...floats('write_ms', 'loop_lag_ms'), clients: 'integer', in_msgs: 'integer', refused: 'integer', spool_points: 'integer', spool_bytes: 'integer', retries: 'integer', dead_letters: 'integer', rss_bytes: 'integer',
    },
  },
};
export type RetentionName = MeasurementSchema['retention'];

/** Days. `m5` is fed from `raw` by continuous queries, under the same names of measurements and fields. */
export const RETENTION_DAYS: Readonly<Record<RetentionName | 'm5', number>> = { raw: 30, m5: 400, events: 400 };

const BY_KIND: Readonly<Record<DeviceKind, Measurement | null>> = {
  'radio': 'device_radio', 'repeater': 'device_radio', 'vehicle': 'device_radio', 'flood-sensor': 'device_flood',
  'depot-equipment': 'device_depot', 'ups': 'device_depot', 'link-agent': null, 'other': null,
};
const LINK_FIELDS = new Set(['rtt_ms', 'loss_pct']);

/** Where a metric is kept: as a field of its kind's measurement, or else under its name in `device_metric`. */
export function placeOf(subject: DeviceKind | 'link', metric: string): { readonly measurement: Measurement; readonly field: string } {
  if (subject === 'link') return LINK_FIELDS.has(metric) ? { measurement: 'carrier_link', field: metric } : { measurement: 'device_metric', field: 'value' };
  const measurement = BY_KIND[subject];
  const fields = measurement === null ? {} : MEASUREMENTS[measurement].fields;
  return measurement !== null && Object.hasOwn(fields, metric) && metric !== 'received_ms' ? { measurement, field: metric } : { measurement: 'device_metric', field: 'value' };
}
