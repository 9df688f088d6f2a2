/**
 * The gateway itself sees nothing: no remote evidence on any path for the shortest dead interval, and its own checks fail. Then silence proves nothing:
 * liveness freezes as unknown, open alerts stay, nothing is resolved. Without own checks failing silence counts: three carriers silent is the disaster.
 */
import { minutes, type Instant, type Millis } from '../model/time.ts';
import type { LadderFacts } from './alert-book.ts';
import type { Context } from './context.ts';
import { renewLife } from './liveness.ts';
import { refreshDevice, armDevice } from './device-rules.ts';
import { armLink } from './link-rules.ts';

const RED_AFTER: Millis = minutes(10);
const BLIND_LADDER = 'gateway-blind/gateway';

/** Our own checks - references of all carriers - fail, or work again. */
export function takeSelfCheck(context: Context, failing: boolean, now: Instant): void {
  context.selfCheckFails = failing;
  if (!failing) {
    if (context.blindSince !== null) seeAgain(context, now);
    return;
  }
  // The check may come just after the deadline of the first link.
  judgeBlindness(context, now);
}

/** Before deadlines are called due: are we the ones who hear nothing? */
export function judgeBlindness(context: Context, now: Instant): void {
  if (!context.selfCheckFails || context.blindSince !== null || context.shortestDead === null) return;
  if (now.mono - context.lastRemoteAt < context.shortestDead) return;
  context.blindSince = now;
  context.outbox.record(now, 'evidence', null, { zh: '监视失效:听不到任何站点,且自检失败', en: 'blind: no site is heard, and the own checks fail' });
  tellBlind(context, now);
}

/** Somebody is heard: whatever the checks say, we are not blind. */
export function hearSomebody(context: Context, now: Instant): void {
  context.lastRemoteAt = now.mono;
  if (context.blindSince !== null) seeAgain(context, now);
}

/** Orange, red after ten minutes. */
export function tellBlind(context: Context, now: Instant): void {
  const since = context.blindSince;
  if (since === null) return;
  context.book.set(blindFacts(context), {
    rank: now.mono - since.mono >= RED_AFTER ? 2 : 1, kind: 'gateway-blind', severity: now.mono - since.mono >= RED_AFTER ? 'red' : 'orange', level: null,
    evidence: [{ type: 'gateway-check', at: since.wall, value: false, source: 'references' }], because: context.wording.gatewayBlind(since.wall),
  }, now);
  if (now.mono - since.mono < RED_AFTER) context.deadlines.set(context.blindTimer, (since.mono + RED_AFTER) as typeof now.mono);
}

/** A restart while blind: it stays said until somebody is heard, or the checks work. */
export function restoreBlindness(context: Context, now: Instant): void {
  if (context.book.at(BLIND_LADDER) !== undefined) context.blindSince = now;
}

/** Everybody gets one dead interval to be heard. */
function seeAgain(context: Context, now: Instant): void {
  context.blindSince = null;
  context.deadlines.clear(context.blindTimer);
  for (const device of context.devices.values()) {
    if (device.life.is === 'down') continue;
    renewLife(device.life, now, device.device.timing);
    armDevice(context, device);
    refreshDevice(context, device, now);
  }
  for (const link of context.links.values()) {
    if (link.life.is === 'down') continue;
    renewLife(link.life, now, link.link.timing);
    armLink(context, link);
  }
  context.book.set(blindFacts(context), null, now);
}

function blindFacts(context: Context): LadderFacts {
  return {
    ladder: BLIND_LADDER, subject: { type: 'gateway', id: 'gateway' }, site: null, carrier: null, responsible: [], resolveAfter: context.arrangement.rules.resolveAfter,
    name: { zh: '网关监视', en: 'the gateway\'s sight' },
  };
}
