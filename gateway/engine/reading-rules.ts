/** What a device's committed readings lead to: the live values, doubts about them, and levels exceeded. */
import type { Threshold } from '../arrangement/arrangement.ts';
import type { Evidence } from '../model/evidence.ts';
import type { Severity } from '../model/alert.ts';
import { wallTime, type Instant, type WallTime } from '../model/time.ts';
import type { Context } from './context.ts';
import { isLarge, isLate, takeDeviceTime } from './device-clock.ts';
import { deviceFacts } from './device-rules.ts';
import { note } from './gap-ledger.ts';
import { learnCadence, takeFreshness } from './freshness-rules.ts';
import type { DeviceMeasured, Reading } from './input.ts';
import { takePower } from './power-rules.ts';
import { doubt, type Doubt } from './plausibility.ts';
import { beginMetric, MAX_METRIC_NAMES, type DeviceState, type MetricState } from './subjects.ts';
import { CLEARING_READINGS, excess, takeReading, type LevelState } from './thresholds.ts';

const DIRECTIONS = ['above', 'below'] as const;

/** Returns false where the record was taken before: a replay after a restart. */
export function measureDevice(context: Context, state: DeviceState, input: DeviceMeasured, now: Instant): boolean {
  if (input.position <= state.position) return false;
  state.position = input.position;
  state.missing = input.missing;
  takeClock(context, state, input, now);
  const [first] = input.readings;
  if (first !== undefined && isLate(correct(state, first, input.receivedAt).observedAt, input.receivedAt, state.device.timing.interval)) note(state.ledger, 'late', now.wall);
  for (const reading of input.readings) takeOne(context, state, correct(state, reading, input.receivedAt), input.receivedAt, now);
  return true;
}

/** What the device's own time says of its clock. */
function takeClock(context: Context, state: DeviceState, { sentAt, receivedAt }: DeviceMeasured, now: Instant): void {
  const { clock, device } = state;
  if (sentAt === null || !takeDeviceTime(clock, sentAt, receivedAt, device.timing.interval)) return;
  context.outbox.change('device', device.id);
  const { skew_ms } = clock;
  context.book.set(deviceFacts(context, state, 'clock'), skew_ms === null ? null : {
    rank: isLarge(skew_ms) ? 2 : 1, kind: 'clock-skew', severity: isLarge(skew_ms) ? 'yellow' : 'blue', level: null,
    evidence: [{ type: 'reading', at: receivedAt, value: skew_ms, source: device.id }], because: context.wording.clockSkew(device, skew_ms),
  }, now);
}

/** With a clock that is known to be wrong a reading was observed when its message came, less what it waited by that same clock. */
function correct({ clock }: DeviceState, reading: Reading, receivedAt: WallTime): Reading {
  return clock.skew_ms === null ? reading : { ...reading, observedAt: wallTime(Math.min(receivedAt, reading.observedAt + clock.skew_ms)) };
}

function takeOne(context: Context, state: DeviceState, reading: Reading, receivedAt: WallTime, now: Instant): void {
  const metric = metricOf(state, reading);
  if (metric === null || reading.observedAt < metric.at) return;
  const late = isLate(reading.observedAt, receivedAt, state.device.timing.interval);
  const before = metric.at;
  const range = state.device.plausible.get(reading.metric);
  const doubted = reading.quality === 'suspect' ? null : doubt({ value: reading.value, at: reading.observedAt }, metric.plausible, range);
  const suspect = reading.quality === 'suspect' || doubted !== null;
  if ((metric.quality === 'suspect') !== suspect) context.outbox.change('device', state.device.id);
  metric.value = reading.value;
  metric.at = reading.observedAt;
  metric.quality = suspect ? 'suspect' : 'ok';
  if (!late) learnCadence(metric, before, reading.observedAt, now.mono);
  if (suspect) {
    metric.sound = 0;
    metric.above.clearing = 0;
    metric.below.clearing = 0;
    return tellSuspect(context, state, reading, metric, doubted, now);
  }
  metric.plausible = { value: reading.value, at: reading.observedAt };
  if (state.device.mainsMetric !== null) takePower(context, state, reading, now);
  if (!late) takeFreshness(context, state, reading, metric, now);
  // Late data ends nothing.
  if (!late) metric.sound += 1;
  if (!late && metric.sound === CLEARING_READINGS) context.book.set(deviceFacts(context, state, 'suspect', reading.metric), null, now);
  if (state.device.thresholds.length === 0) return;
  for (const direction of DIRECTIONS) {
    const levels = levelsOf(state, reading.metric, direction);
    if (levels.length > 0 && takeReading(metric[direction], reading.value, levels, !late)) tellLevel(context, state, reading, metric[direction], levels, direction, now, late);
  }
}

function metricOf(state: DeviceState, reading: Reading): MetricState | null {
  const known = state.metrics.get(reading.metric);
  if (known !== undefined) return known;
  if (state.metrics.size >= MAX_METRIC_NAMES) return null;
  const fresh: MetricState = { value: reading.value, at: reading.observedAt, quality: 'ok', ...beginMetric() };
  state.metrics.set(reading.metric, fresh);
  return fresh;
}

/** The levels of one metric in one direction, milder first. */
export function levelsOf(state: DeviceState, metric: string, direction: 'above' | 'below'): readonly Threshold[] {
  return state.device.thresholds.filter((level) => level.metric === metric && level[direction] !== null);
}

function readingEvidence(state: DeviceState, reading: Reading): readonly Evidence[] {
  return [{ type: 'reading', at: reading.observedAt, value: reading.value, source: `${state.device.id}/${reading.metric}` }];
}

function tellSuspect(context: Context, state: DeviceState, reading: Reading, metric: MetricState, doubted: Doubt | null, now: Instant): void {
  const levels = levelsOf(state, reading.metric, 'above');
  const mildest = levels[0]?.above ?? null;
  const near = mildest !== null && metric.plausible !== null && metric.plausible.value >= mildest - 1;
  const keeps = metric.above.level >= 0 || metric.below.level >= 0;
  const severity: Severity = near ? 'orange' : 'yellow';
  const facts = deviceFacts(context, state, 'suspect', reading.metric);
  // The first doubtful reading tells the story; the ones after it only keep the alert open.
  const open = context.book.at(facts.ladder);
  context.book.set(facts, {
    rank: 1, kind: 'sensor-suspect', severity, level: null,
    evidence: open !== undefined && !open.improved ? open.evidence : readingEvidence(state, reading),
    because: open !== undefined && !open.improved ? open.because : context.wording.sensorSuspect(state.device, reading.metric, reading.value, reading.observedAt, doubted, keeps),
  }, now);
}

function tellLevel(
  context: Context, state: DeviceState, reading: Reading, standing: LevelState, levels: readonly Threshold[], direction: 'above' | 'below', now: Instant, late = false,
): void {
  const facts = { ...deviceFacts(context, state, `level-${direction}`, reading.metric) };
  const level = levels[standing.level];
  context.outbox.change('device', state.device.id);
  if (level === undefined) return context.book.set(facts, null, now);
  context.book.set(facts, {
    rank: standing.level + 1, kind: 'threshold', severity: level.severity, level: level.name.zh, evidence: readingEvidence(state, reading),
    because: context.wording.threshold(state.device, level, reading.value, excess(reading.value, level), reading.observedAt, late),
  }, now);
}

/** The arrangement's levels changed: what stands is judged anew from the last plausible reading. */
export function rejudgeLevels(context: Context, state: DeviceState, now: Instant): void {
  for (const [name, metric] of state.metrics) {
    for (const direction of DIRECTIONS) {
      metric[direction].level = -1;
      metric[direction].clearing = 0;
      const { plausible } = metric;
      const levels = levelsOf(state, name, direction);
      if (plausible !== null && levels.length > 0) takeReading(metric[direction], plausible.value, levels);
      const reading: Reading = { metric: name, value: plausible?.value ?? metric.value, observedAt: plausible?.at ?? metric.at, quality: 'ok' };
      tellLevel(context, state, reading, metric[direction], levels, direction, now);
    }
  }
}
