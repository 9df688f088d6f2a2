/** A site's path, its power, and the ladder of alerts that follows from them. */
import type { DeviceId, LinkId } from '../model/ids.ts';
import type { PathState } from '../model/state.ts';
import { later, millis, wallTime, type Instant, type Millis, type MonoTime, type WallTime } from '../model/time.ts';
import type { LadderFacts, Rung } from './alert-book.ts';
import { sitesBehind, type Context } from './context.ts';
import { refreshDevice, releaseDevice } from './device-rules.ts';
import { tellLink } from './link-rules.ts';
import { LATE_FACTOR } from './liveness.ts';
import { decidePath, type PathAnswer, type PathLink } from './path.ts';
import { linkEvidence } from './show-evidence.ts';
import { judgePower } from './site-power.ts';
import type { DeviceState, LinkState, SiteState } from './subjects.ts';

/** A device of the site says which link carries it. */
export function reportActive(context: Context, state: SiteState, report: { link: LinkId; by: DeviceId; validFor: Millis }, now: Instant): void {
  const changed = state.active?.link !== report.link;
  state.active = { link: report.link, by: report.by, validUntil: later(now.mono, report.validFor) };
  context.deadlines.set(state.reportTimer, state.active.validUntil);
  if (changed) refreshSite(context, state, now);
}

/** Decides the site's path anew and carries the consequences: timers, devices behind it, alerts. */
export function refreshSite(context: Context, state: SiteState, now: Instant): void {
  const links = linksOf(context, state);
  if (links.length === 0) return;
  const devices = devicesOf(context, state);
  if (state.active !== null && now.mono >= state.active.validUntil) state.active = null;
  const answer = decidePath({
    links: links.map(toPathLink), carried: state.path?.carries ?? null, heardOtherwise: heardOtherwise(links, devices),
    reported: state.active?.link ?? null, failoverOnDegraded: state.site.failoverOnDegraded, now: now.mono,
  });
  if (answer.holdUntil === null) context.deadlines.clear(state.holdTimer);
  else context.deadlines.set(state.holdTimer, answer.holdUntil);
  const stuckOn = answer.stuckOn ?? cutBehind(answer, links, devices);
  watchStuck(context, state, stuckOn, now);
  const moved = applyPath(context, state, answer, links, now);
  const cut = answer.is === 'isolated';
  const wasDark = state.dark;
  state.dark = cut ? (state.dark === 'no' || state.dark === 'probable' ? power(links, devices) : state.dark) : answer.is === 'unknown' ? state.dark : 'no';
  if (wasDark !== state.dark) {
    context.outbox.change('path', state.site.id);
    context.groups.touchSite(state.site);
    for (const link of links) tellLink(context, link, now);
  }
  tellDark(context, state, links, now);
  tellLadder(context, state, links, stuckOn, devices, now);
  if (cut !== (state.isolatedAt !== null)) markIsolated(context, state, cut, now);
  else if (moved && cut) for (const device of devices) refreshDevice(context, device, now);
}

/** Its hold, or its time on a dead link, is over. */
export function onSiteTimer(context: Context, state: SiteState, kind: 'hold' | 'stuck' | 'report', now: Instant): void {
  if (kind === 'stuck') state.stuck = true;
  refreshSite(context, state, now);
}

const linksOf = (context: Context, { site }: SiteState): LinkState[] => site.links.map((id) => context.links.get(id)).filter((link) => link !== undefined);
const devicesOf = (context: Context, { site }: SiteState): DeviceState[] => site.devices.map((id) => context.devices.get(id)).filter((device) => device !== undefined);

function toPathLink(state: LinkState): PathLink {
  return { id: state.link.id, is: state.is, degraded: state.health.degraded, flapping: state.flapping.is, holdUntil: state.holdUntil };
}

/** A device is heard though every link should by then have been late: it came by a way that we do not know of. */
function heardOtherwise(links: readonly LinkState[], devices: readonly DeviceState[]): boolean {
  const silentSince = Math.max(...links.map((link) => link.life.countFrom + link.link.timing.interval * LATE_FACTOR));
  return devices.some((device) => device.is === 'up' && device.via === null && device.life.lastHeard !== null && device.life.countFrom > silentSince);
}

/** Without a report: everything that came by the preferred link fell silent with it and did not move over to the backup that works. */
function cutBehind(answer: PathAnswer, links: readonly LinkState[], devices: readonly DeviceState[]): LinkId | null {
  const preferred = links[0];
  if (answer.is !== 'failover' || answer.basis === 'reported' || preferred === undefined || preferred.is !== 'down') return null;
  const heard = devices.filter((device) => device.life.lastHeard !== null && device.device.presence === 'fixed');
  return heard.length > 0 && heard.every((device) => device.life.is === 'down' && device.via === preferred.link.id) ? preferred.link.id : null;
}

function watchStuck(context: Context, state: SiteState, stuckOn: LinkId | null, now: Instant): void {
  if (stuckOn === null) {
    context.deadlines.clear(state.stuckTimer);
    state.stuck = false;
  } else if (!state.stuck && state.stuckTimer.at === Infinity) {
    context.deadlines.set(state.stuckTimer, later(now.mono, context.arrangement.rules.failoverStuckAfter));
  }
}

function applyPath(context: Context, state: SiteState, answer: PathAnswer, links: readonly LinkState[], now: Instant): boolean {
  const before = state.path;
  const holdUntil = answer.holdUntil === null ? null : wallTime(now.wall + (answer.holdUntil - now.mono));
  const same = before !== null && before.is === answer.is && before.carries === answer.carries && before.next === answer.next && before.basis === answer.basis
    && (before.holdUntil === null) === (holdUntil === null);
  if (same) return false;
  const since = before !== null && before.is === answer.is && before.carries === answer.carries ? before.since : now.wall;
  const evidence = links.flatMap((link) => linkEvidence(link));
  const path: PathState = { site: state.site.id, is: answer.is, carries: answer.carries, next: answer.next, holdUntil, basis: answer.basis, since, evidence };
  state.path = path;
  context.outbox.change('path', state.site.id);
  context.groups.touchSite(state.site);
  return true;
}

function power(links: readonly LinkState[], devices: readonly DeviceState[]): SiteState['dark'] {
  const mainsLost = devices.some((each) => each.device.mainsMetric !== null && each.metrics.get(each.device.mainsMetric)?.value === 0);
  return judgePower({
    links: links.map((each) => ({ lastHeard: each.life.lastHeard, interval: each.link.timing.interval })),
    devicesLastHeard: devices.map((each) => each.life.lastHeard), mainsLost,
  });
}

function markIsolated(context: Context, state: SiteState, cut: boolean, now: Instant): void {
  state.isolatedAt = cut ? now.mono : null;
  for (const site of sitesBehind(context, state.site.id)) {
    for (const device of devicesOf(context, site)) {
      if (cut) refreshDevice(context, device, now);
      else releaseDevice(context, device, now);
    }
  }
}

function lastGood(links: readonly LinkState[], fallback: WallTime): WallTime {
  const heard = links.map((link) => link.life.lastHeard).filter((at) => at !== null);
  return heard.length === 0 ? fallback : wallTime(Math.max(...heard));
}

function tellDark(context: Context, state: SiteState, links: readonly LinkState[], now: Instant): void {
  const facts = siteFacts(context, state, 'dark');
  if (state.path?.is === 'unknown') return context.book.freeze(facts.ladder, now);
  const [first, ...rest] = links;
  const shared = (first?.link.causes ?? []).filter((cause) => rest.every((link) => link.link.causes.includes(cause)))
    .map((cause) => context.arrangement.causes.get(cause)?.name ?? { zh: cause, en: cause });
  context.book.set(facts, state.dark === 'no' ? null : {
    rank: 1, kind: 'site-dark', severity: 'red', level: null, evidence: links.flatMap((link) => linkEvidence(link)),
    because: context.wording.siteDark(state.site, lastGood(links, now.wall), state.dark, shared),
  }, now);
}

function tellLadder(context: Context, state: SiteState, links: readonly LinkState[], stuckOn: LinkId | null, devices: readonly DeviceState[], now: Instant): void {
  const facts = siteFacts(context, state, 'path');
  if (state.path === null || state.path.is === 'unknown') return context.book.freeze(facts.ladder, now);
  context.book.set(facts, rungOf(context, state, state.path, links, stuckOn, devices), now);
}

function rungOf(context: Context, state: SiteState, path: PathState, links: readonly LinkState[], stuckOn: LinkId | null, devices: readonly DeviceState[]): Rung | null {
  const { wording } = context;
  const find = (id: LinkId | null): LinkState | undefined => links.find((link) => link.link.id === id);
  const preferred = links[0];
  const carries = find(path.carries);
  const next = find(path.next);
  const stuck = state.stuck ? find(stuckOn) : undefined;
  const evidence = path.evidence;
  if (preferred === undefined) return null;
  if (path.is === 'isolated') {
    const upstream = links.length === 1 ? 'link-or-power' : 'links';
    return {
      rank: 4, kind: 'site-isolated', severity: 'red', level: null, evidence,
      because: wording.siteIsolated(state.site, lastGood(links, path.since), links.map((link) => link.link), upstream),
    };
  }
  if (stuck !== undefined && carries !== undefined) {
    const cut = devices.every((device) => device.life.is !== 'up');
    return { rank: 3, kind: 'failover-stuck', severity: cut ? 'red' : 'orange', level: null, evidence, because: wording.failoverStuck(state.site, stuck.link, carries.link) };
  }
  if (path.is === 'failover' && carries !== undefined) {
    // In failback hold the preferred link is good again: it is the next, and the site is not one step from dark.
    return {
      rank: 2, kind: 'site-failover', severity: next === undefined ? 'orange' : 'yellow', level: null, evidence,
      because: preferred.is === 'up' || preferred.is === 'late' ? wording.siteFailback(state.site, preferred.link, preferred.since, carries.link)
        : wording.siteFailover(state.site, preferred.link, preferred.life.lastHeard ?? path.since, carries.link, next?.link ?? null),
    };
  }
  if (path.is === 'unprotected') {
    return { rank: 1, kind: 'site-unprotected', severity: 'yellow', level: null, evidence, because: wording.siteUnprotected(state.site, preferred.link) };
  }
  return null;
}

export function siteFacts(context: Context, { site }: SiteState, ladder: string): LadderFacts {
  const responsible = ladder === 'dark' ? site.power ?? site.responsible : site.responsible;
  return {
    ladder: `site-${ladder}/${site.id}`, subject: { type: 'site', id: site.id }, site: site.id, carrier: null,
    responsible: responsible === null ? [] : [responsible], resolveAfter: site.resolveAfter ?? millis(300_000), name: context.wording.site(site),
  };
}

/** After a restart: a better link than the one that carries was in its hold, and gets a full one. */
export function restoreHolds(context: Context, state: SiteState, now: Instant): void {
  const links = linksOf(context, state);
  const carried = links.findIndex((link) => link.link.id === state.path?.carries);
  const hold: MonoTime = later(now.mono, state.site.failbackAfter);
  for (const link of links.slice(0, Math.max(0, carried))) if (link.is === 'up' || link.is === 'late') link.holdUntil = hold;
}
