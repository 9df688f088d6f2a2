/** What a device's heartbeats and silences lead to. */
import { millis, type Instant } from '../model/time.ts';
import type { DeviceIs, Verdict } from '../model/state.ts';
import type { LinkId } from '../model/ids.ts';
import type { LadderFacts, Rung } from './alert-book.ts';
import { isBlind, isolatedInFront, type Context } from './context.ts';
import { note } from './gap-ledger.ts';
import { noteTransition, settle } from './flapping.ts';
import { expireLife, heardLife, nextLifeDeadline, offlineLife, renewLife } from './liveness.ts';
import type { DeviceState } from './subjects.ts';
import { deviceEvidence } from './show-evidence.ts';

/** A heartbeat; true when the device's state changed. */
export function hearDevice(context: Context, state: DeviceState, via: LinkId | null, now: Instant): boolean {
  const recover = state.is === 'unreachable' ? 1 : state.device.timing.recover;
  const changed = heardLife(state.life, now, state.device.timing, recover) !== null;
  note(state.ledger, 'received', now.wall);
  state.via = via;
  state.offlineBy = null;
  armDevice(context, state);
  // While it is shown as unreachable, being heard is news even where its own life never changed.
  return changed || state.is !== state.life.is ? refreshDevice(context, state, now) : false;
}

export function offlineDevice(context: Context, state: DeviceState, will: boolean, now: Instant): boolean {
  state.offlineBy = will ? 'will' : 'itself';
  const changed = offlineLife(state.life, now) !== null;
  armDevice(context, state);
  return changed && refreshDevice(context, state, now);
}

export function expireDevice(context: Context, state: DeviceState, now: Instant): boolean {
  const changed = expireLife(state.life, now, state.device.timing, isBlind(context)) !== null;
  armDevice(context, state);
  return changed && refreshDevice(context, state, now);
}

/** Its way to the centre is back: it gets a full dead interval to be heard, and one heartbeat is enough. */
export function releaseDevice(context: Context, state: DeviceState, now: Instant): void {
  if (state.is !== 'unreachable') return;
  renewLife(state.life, now, state.device.timing);
  if (state.life.is === 'down') state.life.is = 'late';
  armDevice(context, state);
  refreshDevice(context, state, now);
}

export function armDevice(context: Context, state: DeviceState): void {
  const next = nextLifeDeadline(state.life, state.device.timing);
  if (next === null) context.deadlines.clear(state.lifeTimer);
  else context.deadlines.set(state.lifeTimer, next);
}

/** Brings what is shown and told of the device in line with its life and its site. True when the state changed. */
export function refreshDevice(context: Context, state: DeviceState, now: Instant): boolean {
  const cut = isolatedInFront(context, state.device.site);
  const heardSince = cut !== null && cut.isolatedAt !== null && state.life.is === 'up' && state.life.countFrom > cut.isolatedAt;
  const is: DeviceIs = cut !== null && !heardSince && state.life.is !== 'unknown' ? 'unreachable' : state.life.is;
  const verdict = verdictOf(context, state, is);
  const behind = is === 'unreachable' ? cut?.site.id ?? null : null;
  if (is === state.is && verdict === state.verdict && behind === state.behind) return false;
  const wasDown = state.is === 'down';
  if (is !== state.is) state.since = now.wall;
  const crossed = wasDown !== (is === 'down') && is !== 'unreachable' && state.is !== 'unreachable' && state.is !== 'unknown';
  state.is = is;
  state.verdict = verdict;
  state.behind = behind;
  context.outbox.change('device', state.device.id);
  if (crossed) noteFlap(context, state, now);
  tellDevice(context, state, now);
  return true;
}

function verdictOf(context: Context, state: DeviceState, is: DeviceIs): Verdict {
  if (is === 'down') return 'device';
  if (is !== 'unreachable') return null;
  return context.sites.get(state.device.site)?.dark === 'no' ? 'link' : 'site-power';
}

function tellDevice(context: Context, state: DeviceState, now: Instant): void {
  if (state.device.presence !== 'fixed') return;
  const facts = deviceFacts(context, state, 'down');
  if (state.is === 'up') context.book.set(facts, null, now);
  else if (state.is !== 'down') context.book.freeze(facts.ladder, now);
  else {
    const { lastHeard } = state.life;
    const rung: Rung = {
      rank: 1, kind: 'device-down', severity: 'yellow', level: null, evidence: deviceEvidence(state),
      because: context.wording.deviceDown(state.device, lastHeard ?? state.since, lastHeard === null),
    };
    context.book.set(facts, rung, now);
  }
}

function noteFlap(context: Context, state: DeviceState, now: Instant): void {
  const rule = context.arrangement.rules.flapping;
  const began = noteTransition(state.flapping, now.mono, rule);
  if (!state.flapping.is) return;
  context.deadlines.set(state.flappingTimer, (now.mono + rule.stable) as typeof now.mono);
  if (!began || state.device.presence !== 'fixed') return;
  context.book.set(deviceFacts(context, state, 'flapping'), {
    rank: 1, kind: 'device-flapping', severity: 'blue', level: null, evidence: deviceEvidence(state),
    because: context.wording.flapping(context.wording.deviceName(state.device), rule.transitions),
  }, now);
}

export function settleDevice(context: Context, state: DeviceState, now: Instant): void {
  if (!settle(state.flapping, now.mono, context.arrangement.rules.flapping)) return;
  context.outbox.change('device', state.device.id);
  context.book.set(deviceFacts(context, state, 'flapping'), null, now);
}

/** Facts of one of a device's ladders: `down`, `flapping`, or one of a metric. */
export function deviceFacts(context: Context, { device }: DeviceState, ladder: string, metric?: string): LadderFacts {
  const site = context.arrangement.sites.get(device.site);
  return {
    ladder: `device-${ladder}/${device.id}${metric === undefined ? '' : `/${metric}`}`,
    subject: { type: 'device', id: device.id, ...(metric === undefined ? {} : { metric }) }, site: device.site, carrier: null,
    responsible: site?.responsible == null ? [] : [site.responsible], resolveAfter: site?.resolveAfter ?? millis(300_000),
    name: context.wording.deviceName(device),
  };
}
