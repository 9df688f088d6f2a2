/** What a link's heartbeats, silences and reports lead to. */
import type { DeviceId } from '../model/ids.ts';
import { later, millis, type Instant, type Millis } from '../model/time.ts';
import type { LadderFacts } from './alert-book.ts';
import { isBlind, type Context } from './context.ts';
import { noteTransition, settle } from './flapping.ts';
import { judgeLink, takeReport } from './link-evidence.ts';
import { takeSample, type LinkSample } from './link-health.ts';
import { expireLife, heardLife, nextLifeDeadline } from './liveness.ts';
import { linkEvidence } from './show-evidence.ts';
import type { LinkState } from './subjects.ts';

/** A heartbeat of the link itself (`by` null) or of a device that came by it. True when the link's state changed. */
export function hearLink(context: Context, state: LinkState, by: DeviceId | null, now: Instant): boolean {
  // Contact after isolation is good: one heartbeat brings it back.
  const recover = context.sites.get(state.link.site)?.isolatedAt != null ? 1 : state.link.timing.recover;
  const changed = heardLife(state.life, now, state.link.timing, recover) !== null;
  state.provedBy = by;
  armLink(context, state);
  return (changed || state.is !== state.life.is) && refreshLink(context, state, now);
}

export function reportLink(context: Context, state: LinkState, report: { up: boolean; by: DeviceId; validFor: Millis }, now: Instant): boolean {
  state.report = takeReport(state.report, report, now);
  context.deadlines.set(state.reportTimer, state.report.validUntil);
  return refreshLink(context, state, now);
}

export function expireLink(context: Context, state: LinkState, now: Instant): boolean {
  const changed = expireLife(state.life, now, state.link.timing, isBlind(context)) !== null;
  armLink(context, state);
  return changed && refreshLink(context, state, now);
}

export function armLink(context: Context, state: LinkState): void {
  const next = nextLifeDeadline(state.life, state.link.timing);
  if (next === null) context.deadlines.clear(state.lifeTimer);
  else context.deadlines.set(state.lifeTimer, next);
}

/** Brings what is shown and told of the link in line with its evidence. The caller refreshes the site when this says true. */
export function refreshLink(context: Context, state: LinkState, now: Instant): boolean {
  const judged = judgeLink(state.life, state.report, state.link.timing, now);
  // Where the centre itself does not reach the carrier, silence says nothing of the link.
  const is = judged === 'down' && context.blindCarriers.has(state.link.carrier) ? 'unknown' : judged;
  if (is === state.is) return false;
  const before = state.is;
  state.is = is;
  state.since = now.wall;
  context.outbox.change('link', state.link.id);
  context.groups.touchLink(state.link);
  if (before === 'down' && is === 'up') {
    const site = context.arrangement.sites.get(state.link.site);
    state.holdUntil = later(now.mono, site?.failbackAfter ?? context.arrangement.rules.failbackAfter);
  }
  if (is === 'down') state.holdUntil = null;
  if (before !== 'unknown' && is !== 'unknown' && (before === 'down') !== (is === 'down')) noteFlap(context, state, now);
  tellLink(context, state, now);
  return true;
}

/** Puts the cause on the link once its site is judged, and raises or ends its alert. */
export function tellLink(context: Context, state: LinkState, now: Instant): void {
  const dark = context.sites.get(state.link.site)?.dark ?? 'no';
  const verdict = state.is !== 'down' ? null : dark === 'no' ? 'link' : 'site-power';
  if (verdict !== state.verdict) {
    state.verdict = verdict;
    context.outbox.change('link', state.link.id);
    context.groups.touchLink(state.link);
  }
  const facts = linkFacts(context, state, 'down');
  if (state.is === 'unknown') context.book.freeze(facts.ladder, now);
  else if (state.is !== 'down') context.book.set(facts, null, now);
  else {
    const { lastHeard } = state.life;
    context.book.set(facts, {
      rank: 1, kind: 'link-down', severity: 'yellow', level: null, evidence: linkEvidence(state),
      because: context.wording.linkDown(state.link, lastHeard ?? state.since, lastHeard === null && state.report === null),
    }, now);
  }
}

/** One measurement of the link; true when it became or ceased to be degraded. */
export function measureLink(context: Context, state: LinkState, sample: LinkSample, now: Instant): boolean {
  if (!takeSample(state.health, sample, state.link.bearer, now.mono, now.wall)) return false;
  context.outbox.change('link', state.link.id);
  const facts = linkFacts(context, state, 'degraded');
  context.book.set(facts, !state.health.degraded ? null : {
    rank: 1, kind: 'link-degraded', severity: 'blue', level: null, evidence: linkEvidence(state), because: context.wording.linkDegraded(state.link),
  }, now);
  return true;
}

function noteFlap(context: Context, state: LinkState, now: Instant): void {
  const rule = context.arrangement.rules.flapping;
  const began = noteTransition(state.flapping, now.mono, rule);
  if (!state.flapping.is) return;
  context.deadlines.set(state.flappingTimer, later(now.mono, rule.stable));
  if (!began) return;
  context.book.set(linkFacts(context, state, 'flapping'), {
    rank: 1, kind: 'link-flapping', severity: 'yellow', level: null, evidence: linkEvidence(state),
    because: context.wording.flapping(context.wording.linkName(state.link), rule.transitions),
  }, now);
}

export function settleLink(context: Context, state: LinkState, now: Instant): boolean {
  if (!settle(state.flapping, now.mono, context.arrangement.rules.flapping)) return false;
  context.outbox.change('link', state.link.id);
  context.book.set(linkFacts(context, state, 'flapping'), null, now);
  return true;
}

function linkFacts(context: Context, { link }: LinkState, ladder: string): LadderFacts {
  const site = context.arrangement.sites.get(link.site);
  return {
    ladder: `link-${ladder}/${link.id}`, subject: { type: 'link', id: link.id }, site: link.site, carrier: link.carrier, responsible: [link.carrier],
    resolveAfter: site?.resolveAfter ?? millis(300_000), name: context.wording.linkName(link),
  };
}
