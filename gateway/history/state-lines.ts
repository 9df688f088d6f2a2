/** The gateway's own points: states, paths, events of alerts, and itself. Alert rules fire on these values, never on their absence. */
import type { AlertResource, DeviceResource, LinkResource, PathResource } from '../model/resource.ts';
import type { TimelineEntry } from '../model/timeline.ts';
import { encodeLine, seriesKey } from './line-encoder.ts';
import type { Line } from './record-lines.ts';
import { MEASUREMENTS, type Measurement } from './schema.ts';

export const DEVICE_CODES: Readonly<Record<DeviceResource['state']['is'], number>> = { down: 0, late: 1, up: 2, unreachable: 3, unknown: 5 };
export const LINK_CODES: Readonly<Record<LinkResource['state']['is'], number>> = { down: 0, up: 2, late: 3, unknown: 5 };
export const PATH_CODES: Readonly<Record<PathResource['is'], number>> = { isolated: 0, failover: 1, unprotected: 2, primary: 3, single: 3, unknown: 5 };
export const FLAPPING_CODE = 4;
export const DEGRADED_CODE = 1;

const age = (at: number, lastHeard: number | null): number | null => (lastHeard === null ? null : Math.max(0, at - lastHeard) / 1_000);

function line(measurement: Measurement, tags: Parameters<typeof seriesKey>[1], fields: Parameters<typeof encodeLine>[2], at: number): Line[] {
  const text = encodeLine(measurement, seriesKey(measurement, tags), fields, at);
  return text === null ? [] : [{ text, retention: MEASUREMENTS[measurement].retention }];
}

export function deviceStateLine({ id, site, kind, state }: DeviceResource, at: number): Line[] {
  const code = state.flapping && state.is !== 'down' ? FLAPPING_CODE : DEVICE_CODES[state.is];
  return line('device_state', { site, device: id, kind }, { state_code: code, age_s: age(at, state.lastHeard) }, at);
}
export function linkStateLine({ id, site, carrier, bearer, state, metrics }: LinkResource, at: number): Line[] {
  const code = state.flapping && state.is !== 'down' ? FLAPPING_CODE : state.is === 'up' && state.health === 'degraded' ? DEGRADED_CODE : LINK_CODES[state.is];
  return line('carrier_link', { carrier, site, link: id, bearer }, {
    state_code: code, age_s: age(at, state.lastHeard), rtt_ms: metrics['rtt_ms']?.value, loss_pct: metrics['loss_pct']?.value,
  }, at);
}
export function pathLine({ site, is, carries }: PathResource, switches: number, at: number): Line[] {
  return line('site_path', { site }, { state_code: PATH_CODES[is], active: carries ?? '', switches }, at);
}
/** One entry of an alert's timeline. `seq` is unique: two events of one series in one millisecond are told apart by moving the second. */
export function alertLine(entry: TimelineEntry, alert: AlertResource | undefined, at: number): Line[] {
  if (entry.alert === null) return [];
  const word = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  return line('alert_event', {
    severity: alert?.severity ?? word(entry.detail['severity']), kind: alert?.kind ?? word(entry.detail['kind']), site: alert?.site, carrier: alert?.carrier,
  }, { alert_id: entry.alert, phase: entry.type, text: entry.text.zh, owner: alert?.owner ?? '', seq: entry.seq }, at);
}
export function selfLine(instance: string, figures: Readonly<Record<string, number>>, at: number): Line[] {
  return line('gateway_self', { instance }, figures, at);
}
