/** The readings of a committed heartbeat, as the engine takes them. */
import type { DeviceMeasured, LinkMeasured, Reading } from '../engine/input.ts';
import { observedAt } from '../model/heartbeat-payload.ts';
import type { Heartbeat } from '../model/heartbeat.ts';
import type { WallTime } from '../model/time.ts';
import type { Target } from './targets.ts';

/** Null where it says nothing but that the sender lives. */
export function measured(target: Target, heartbeat: Heartbeat, receivedAt: WallTime, position: number): DeviceMeasured | LinkMeasured | null {
  if (target.kind === 's' || heartbeat.samples.length === 0) return null;
  if (target.kind === 'l') {
    const measurement = heartbeat.samples.find(({ metrics }) => metrics.has('rtt_ms') || metrics.has('loss_pct'))?.metrics;
    const rtt_ms = measurement?.get('rtt_ms') ?? null;
    const loss_pct = measurement?.get('loss_pct') ?? null;
    return rtt_ms === null && loss_pct === null ? null : { type: 'link-measured', link: target.id, position, receivedAt, rtt_ms, loss_pct };
  }
  const readings: Reading[] = [];
  const missing = new Set<string>();
  for (const sample of heartbeat.samples) {
    const at = observedAt(sample.ts, receivedAt);
    for (const [metric, value] of sample.metrics) readings.push({ metric, value, observedAt: at, quality: sample.suspect.includes(metric) ? 'suspect' : 'ok' });
    for (const metric of sample.missing) missing.add(metric);
  }
  if (heartbeat.samples.length > 1) readings.sort((a, b) => a.observedAt - b.observedAt);
  return { type: 'device-measured', device: target.id, position, receivedAt, sentAt: heartbeat.samples.length === 1 ? heartbeat.samples[0]?.ts ?? null : null, readings, missing: [...missing] };
}
