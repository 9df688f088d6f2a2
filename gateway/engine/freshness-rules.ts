/** Metrics that no longer come though their device is heard, and metrics that move when they should and do not. */
import type { Instant, MonoTime } from '../model/time.ts';
import type { Context } from './context.ts';
import { deviceFacts } from './device-rules.ts';
import type { Reading } from './input.ts';
import type { DeviceState, MetricState } from './subjects.ts';

const CADENCES = 5;
/** A learned cadence may be wrong; after this nobody should have to wonder. */
const CEILING_MS = 6 * 3_600_000;
/** How much the newest gap counts in what is learned. */
const WEIGHT = 0.2;

/** Learns how often the metric comes. `before` is when it was observed last. */
export function learnCadence(metric: MetricState, before: number, at: number, mono: MonoTime): void {
  const gap = at - before;
  if (gap > 0) metric.every = metric.every === null ? gap : metric.every * (1 - WEIGHT) + gap * WEIGHT;
  metric.heardAt = mono;
}

/** A reading came: it is fresh, and it moved or did not. */
export function takeFreshness(context: Context, state: DeviceState, reading: Reading, metric: MetricState, now: Instant): void {
  if (metric.stale) {
    metric.stale = false;
    context.outbox.change('device', state.device.id);
    context.book.set(deviceFacts(context, state, 'stale', reading.metric), null, now);
  }
  armStale(context, state);
  const rule = state.device.moves.get(reading.metric);
  if (rule === undefined) return;
  if (metric.anchor === null || Math.abs(reading.value - metric.anchor.value) >= rule.by || !inSeason(rule, reading.observedAt, context)) metric.anchor = { value: reading.value, at: reading.observedAt };
  const stuck = reading.observedAt - metric.anchor.at > rule.within;
  if (stuck === metric.stuck) return;
  metric.stuck = stuck;
  context.outbox.change('device', state.device.id);
  context.book.set(deviceFacts(context, state, 'stuck', reading.metric), stuck ? {
    rank: 1, kind: 'sensor-stuck', severity: 'blue', level: null, evidence: [{ type: 'reading', at: reading.observedAt, value: reading.value, source: `${state.device.id}/${reading.metric}` }],
    because: context.wording.sensorStuck(state.device, reading.metric, reading.value, metric.anchor.at),
  } : null, now);
}

/** Which metrics anybody would miss: those with levels, or with a plausible range. */
const watched = (state: DeviceState, name: string): boolean => state.device.plausible.has(name) || state.device.thresholds.some((level) => level.metric === name);
/** A gauge that sends added reports in a rising river is not stale when it goes back to its own pace: what it learned is never faster than that. */
function dueAt({ device }: DeviceState, { every, heardAt }: MetricState): MonoTime | null {
  return every === null ? null : (heardAt + Math.min(Math.max(every, device.timing.interval) * CADENCES, CEILING_MS)) as MonoTime;
}

export function armStale(context: Context, state: DeviceState): void {
  let next: number | null = null;
  for (const [name, metric] of state.metrics) {
    const due = metric.stale || !watched(state, name) ? null : dueAt(state, metric);
    if (due !== null && (next === null || due < next)) next = due;
  }
  if (next === null) context.deadlines.clear(state.staleTimer);
  else context.deadlines.set(state.staleTimer, next as MonoTime);
}

/** Looks which metrics have not come in time. While the device itself is silent that says it all. */
export function expireMetrics(context: Context, state: DeviceState, now: Instant): void {
  for (const [name, metric] of state.metrics) {
    const due = dueAt(state, metric);
    if (metric.stale || due === null || now.mono < due || !watched(state, name)) continue;
    if (state.is !== 'up') {
      // It gets as long again once the device is heard.
      metric.heardAt = now.mono;
      continue;
    }
    metric.stale = true;
    context.outbox.change('device', state.device.id);
    context.book.set(deviceFacts(context, state, 'stale', name), {
      rank: 1, kind: 'sensor-stale', severity: 'blue', level: null, evidence: [{ type: 'reading', at: metric.at, value: metric.value, source: `${state.device.id}/${name}` }],
      because: context.wording.sensorStale(state.device, name, metric.at),
    }, now);
  }
  armStale(context, state);
}

/** Month and day in the city's own time, both ends included; a season may run over the new year. */
function inSeason({ season }: { readonly season: { readonly from: string; readonly to: string } | null }, at: Reading['observedAt'], context: Context): boolean {
  if (season === null) return true;
  const day = context.wording.monthDay(at);
  return season.from <= season.to ? day >= season.from && day <= season.to : day >= season.from || day <= season.to;
}
