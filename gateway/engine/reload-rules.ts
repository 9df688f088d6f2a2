/** Takes over a new arrangement: what stays keeps its state, what is new begins as unknown, what has gone takes its alerts with it. */
import type { Arrangement } from '../arrangement/arrangement.ts';
import type { Alert } from '../model/alert.ts';
import type { Instant } from '../model/time.ts';
import { shortestDead, type Context } from './context.ts';
import { armDevice, refreshDevice } from './device-rules.ts';
import { armLink, tellLink } from './link-rules.ts';
import { renewLife } from './liveness.ts';
import { rejudgeLevels } from './reading-rules.ts';
import { refreshSite } from './site-rules.ts';
import { Groups } from './groups.ts';
import { beginDevice, beginLink, beginSite } from './subjects.ts';
import { Wording } from './wording.ts';

export function adoptArrangement(context: Context, arrangement: Arrangement, now: Instant): void {
  context.arrangement = arrangement;
  context.wording = new Wording(arrangement);
  context.book.arrangement = arrangement;
  context.groups = new Groups(arrangement);
  context.shortestDead = shortestDead(arrangement);
  adoptDevices(context, now);
  adoptLinks(context, now);
  adoptSites(context, now);
  removeAlerts(context, now);
  for (const site of context.sites.values()) refreshSite(context, site, now);
  for (const link of context.links.values()) tellLink(context, link, now);
  for (const device of context.devices.values()) refreshDevice(context, device, now);
  context.outbox.record(now, 'reloaded', null, { zh: '联勤保障方案已重新载入', en: 'the arrangement was reloaded' }, { arrangement: arrangement.digest.slice(0, 12) });
}

function adoptDevices(context: Context, now: Instant): void {
  for (const [id, state] of context.devices) {
    const device = context.arrangement.devices.get(state.device.id);
    if (device === undefined) {
      context.devices.delete(id);
      context.deadlines.clear(state.lifeTimer);
      context.deadlines.clear(state.flappingTimer);
      context.deadlines.clear(state.staleTimer);
      context.outbox.change('device', id);
      continue;
    }
    const before = state.device;
    state.device = device;
    if (JSON.stringify(before) === JSON.stringify(device)) continue;
    context.outbox.change('device', id);
    if (before.timing.deadInterval !== device.timing.deadInterval && state.life.is !== 'down') renewLife(state.life, now, device.timing);
    armDevice(context, state);
    if (JSON.stringify(before.thresholds) !== JSON.stringify(device.thresholds)) rejudgeLevels(context, state, now);
  }
  for (const device of context.arrangement.devices.values()) {
    if (context.devices.has(device.id)) continue;
    const state = beginDevice(device, now);
    context.devices.set(device.id, state);
    context.outbox.change('device', device.id);
    armDevice(context, state);
  }
}

function adoptLinks(context: Context, now: Instant): void {
  for (const [id, state] of context.links) {
    const link = context.arrangement.links.get(state.link.id);
    if (link === undefined) {
      context.links.delete(id);
      for (const each of [state.lifeTimer, state.reportTimer, state.flappingTimer]) context.deadlines.clear(each);
      context.outbox.change('link', id);
      continue;
    }
    const before = state.link;
    state.link = link;
    if (JSON.stringify(before) === JSON.stringify(link)) continue;
    context.outbox.change('link', id);
    if (before.timing.deadInterval !== link.timing.deadInterval && state.life.is !== 'down') renewLife(state.life, now, link.timing);
    armLink(context, state);
  }
  for (const link of context.arrangement.links.values()) {
    if (context.links.has(link.id)) continue;
    const state = beginLink(link, now);
    context.links.set(link.id, state);
    context.outbox.change('link', link.id);
    armLink(context, state);
  }
}

function adoptSites(context: Context, now: Instant): void {
  for (const [id, state] of context.sites) {
    const site = context.arrangement.sites.get(state.site.id);
    if (site === undefined) {
      context.sites.delete(id);
      for (const each of [state.holdTimer, state.stuckTimer, state.reportTimer, state.mainsTimer]) context.deadlines.clear(each);
      context.outbox.change('path', id);
    } else state.site = site;
  }
  for (const site of context.arrangement.sites.values()) if (!context.sites.has(site.id)) context.sites.set(site.id, beginSite(site));
  for (const state of context.sites.values()) {
    // A site that lost its last link has no path any more, and cannot be isolated.
    if (state.site.links.length > 0 || state.path === null) continue;
    state.path = null;
    state.isolatedAt = null;
    context.outbox.change('path', state.site.id);
    for (const ladder of ['path', 'dark']) context.book.remove(`site-${ladder}/${state.site.id}`, now);
  }
}

function removeAlerts(context: Context, now: Instant): void {
  const known: Readonly<Record<Alert['subject']['type'], Pick<ReadonlyMap<string, unknown>, 'has'> | null>> = {
    device: context.devices, link: context.links, site: context.sites, gateway: null,
    carrier: context.arrangement.agencies as ReadonlyMap<string, unknown>, cause: context.groups.causes, area: context.groups.counties,
  };
  for (const entry of context.book.ladders()) {
    const { type, id } = entry.alert.subject;
    if (known[type]?.has(id) === false) context.book.remove(entry.facts.ladder, now);
  }
}
