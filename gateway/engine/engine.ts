/**
 * The engine: `step(input, now)` takes one thing that happened and says what is to be done. No I/O, no timer, no clock of its own; the same
 * inputs at the same instants give the same results, so that a run can be replayed.
 */
import type { Arrangement } from '../arrangement/arrangement.ts';
import type { Alert } from '../model/alert.ts';
import type { StateRow } from '../model/ports/journal.ts';
import type { Instant, Millis, MonoTime, WallTime } from '../model/time.ts';
import { AlertBook, type StoredAlert } from './alert-book.ts';
import { shortestDead, type Context } from './context.ts';
import { hearSomebody, judgeBlindness, restoreBlindness, takeSelfCheck, tellBlind } from './blind-rules.ts';
import { judgeCarrier, mayGroup, takeReference } from './carrier-rules.ts';
import { judgeCause } from './cause-rules.ts';
import { takeCondition } from './condition-rules.ts';
import { Deadlines, timer } from './deadlines.ts';
import { armDevice, expireDevice, hearDevice, offlineDevice, settleDevice } from './device-rules.ts';
import type { Change, StepResult } from './effect.ts';
import type { DeviceHeard, EngineInput } from './input.ts';
import { armLink, expireLink, hearLink, measureLink, refreshLink, reportLink, settleLink } from './link-rules.ts';
import { armStale, expireMetrics } from './freshness-rules.ts';
import { note } from './gap-ledger.ts';
import { Groups } from './groups.ts';
import { Outbox } from './outbox.ts';
import { confirmMains, judgeArea } from './power-rules.ts';
import { measureDevice } from './reading-rules.ts';
import { adoptArrangement } from './reload-rules.ts';
import { onSiteTimer, refreshSite, reportActive, restoreHolds } from './site-rules.ts';
import { ENGINE_KEY, readEngineRow, restoreDevice, restoreLink, restoreSite, storeDevice, storeLink, storeSite } from './stored-state.ts';
import { beginDevice, beginLink, beginSite, type DeviceState, type LinkState, type SiteState } from './subjects.ts';
import { Wording } from './wording.ts';

const HOUR_MS = 3_600_000;
/** From the third restart within an hour deadlines are not renewed: a crash loop must not hide an outage. */
const RENEWING_RESTARTS = 2;

/** A carrier's verdict can change what is said of its links, and that another group; more than a few times it cannot. */
const GROUP_ROUNDS = 4;

export interface EngineOptions {
  readonly arrangement: Arrangement;
  /** What loadState gave; empty at the very first start. */
  readonly rows: readonly StateRow[];
  /** Seq of the last timeline entry that is stored. */
  readonly timelineSeq: number;
  readonly now: Instant;
}

export class Engine {
  readonly #context: Context;
  readonly #dirtyDevices = new Set<string>();
  readonly #dirtyLinks = new Set<string>();
  #starts: WallTime[];

  constructor({ arrangement, rows, timelineSeq, now }: EngineOptions) {
    const deadlines = new Deadlines();
    const outbox = new Outbox(timelineSeq + 1);
    this.#context = {
      arrangement, wording: new Wording(arrangement), devices: new Map(), links: new Map(), sites: new Map(), deadlines, outbox,
      book: new AlertBook(deadlines, outbox, arrangement), storeFails: false, groups: new Groups(arrangement), references: new Map(), blindCarriers: new Set(),
      selfCheckFails: false, lastRemoteAt: now.mono, shortestDead: shortestDead(arrangement), blindSince: null, blindTimer: timer('gateway-blind', 'gateway'),
    };
    this.#context.book.mayGroup = (alert) => mayGroup(this.#context, alert);
    const before = readEngineRow(rows).starts.filter((at) => now.wall - at < HOUR_MS && at <= now.wall);
    this.#starts = [...before, now.wall].slice(-20);
    this.#begin(rows, before.length <= RENEWING_RESTARTS, now);
  }

  get devices(): ReadonlyMap<string, DeviceState> { return this.#context.devices; }
  get links(): ReadonlyMap<string, LinkState> { return this.#context.links; }
  get sites(): ReadonlyMap<string, SiteState> { return this.#context.sites; }
  get arrangement(): Arrangement { return this.#context.arrangement; }
  openAlerts(): Iterable<Alert> { return this.#context.book.open(); }
  resolvedAlerts(): Iterable<Alert> { return this.#context.book.resolved(); }
  alert(id: string): Alert | undefined { return this.#context.book.find(id); }
  /** Commits fail at the moment; silence is no evidence. */
  get blind(): boolean { return this.#context.storeFails; }

  /** The first step: notes the start and judges what was restored. */
  start(now: Instant): StepResult {
    const context = this.#context;
    context.outbox.record(now, 'started', null, { zh: '网关启动', en: 'the gateway started' }, { arrangement: context.arrangement.digest.slice(0, 12) });
    for (const site of context.sites.values()) refreshSite(context, site, now);
    return this.#finish(now);
  }

  step(input: EngineInput, now: Instant): StepResult {
    const context = this.#context;
    // A pause moves the deadlines before any of them may be called due.
    if (input.type !== 'stood-still') this.#expire(now);
    switch (input.type) {
      case 'device-heard': this.#hear(input, now); break;
      case 'device-repeated': {
        const device = context.devices.get(input.device);
        if (device !== undefined) note(device.ledger, 'duplicate', now.wall);
        break;
      }
      case 'link-heard': {
        const link = context.links.get(input.link);
        if (link !== undefined) {
          this.#dirtyLinks.add(input.link);
          hearSomebody(context, now);
          if (hearLink(context, link, null, now)) this.#refreshSiteOf(link, now);
        }
        break;
      }
      case 'device-status': {
        const device = context.devices.get(input.device);
        if (device === undefined) break;
        this.#dirtyDevices.add(input.device);
        const changed = input.status === 'online' ? hearDevice(context, device, null, now) : offlineDevice(context, device, input.will, now);
        if (changed) this.#reconsider(device, now);
        break;
      }
      case 'device-measured': {
        const device = context.devices.get(input.device);
        if (device !== undefined && measureDevice(context, device, input, now)) this.#dirtyDevices.add(input.device);
        break;
      }
      case 'link-measured': {
        const link = context.links.get(input.link);
        if (link === undefined || input.position <= link.position) break;
        link.position = input.position;
        this.#dirtyLinks.add(input.link);
        if (input.rtt_ms !== null) link.metrics.set('rtt_ms', { value: input.rtt_ms, at: input.receivedAt });
        if (input.loss_pct !== null) link.metrics.set('loss_pct', { value: input.loss_pct, at: input.receivedAt });
        if (measureLink(context, link, input, now)) this.#refreshSiteOf(link, now);
        break;
      }
      case 'stood-still': this.#shift(input.ms, now); break;
      case 'clock-stepped':
        context.outbox.record(now, 'clock-stepped', null, { zh: `系统时钟跳变 ${Math.round(input.ms / 1000)} 秒`, en: `the wall clock stepped by ${Math.round(input.ms / 1000)} s` }, { ms: input.ms });
        break;
      case 'reloaded': adoptArrangement(context, input.arrangement, now); break;
      case 'store-trouble':
        context.storeFails = input.failing;
        break;
      case 'reference-checked': takeReference(context, input.carrier, input.reachable, now); break;
      case 'self-checked': takeSelfCheck(context, input.failing, now); break;
      case 'condition-changed': takeCondition(context, input, now); break;
      case 'noted': context.outbox.record(now, input.what, null, input.text, input.detail, input.by); break;
      case 'stopping': context.outbox.record(now, 'stopped', null, { zh: '网关停止', en: 'the gateway stopped' }); break;
      case 'tick': break;
    }
    return this.#finish(now);
  }

  /** State rows of everything that changed since the last call, with the run time. Stored now and then; losing them costs only freshness. */
  takeDirtyRows(now: Instant): readonly StateRow[] {
    const { devices, links } = this.#context;
    const rows: StateRow[] = [this.#ownRow(now)];
    for (const id of this.#dirtyDevices) {
      const state = devices.get(id);
      if (state !== undefined) rows.push(storeDevice(state));
    }
    for (const id of this.#dirtyLinks) {
      const state = links.get(id);
      if (state !== undefined) rows.push(storeLink(state));
    }
    this.#dirtyDevices.clear();
    this.#dirtyLinks.clear();
    return rows;
  }

  #hear(input: DeviceHeard, now: Instant): void {
    const context = this.#context;
    const state = context.devices.get(input.device);
    if (state === undefined) return;
    this.#dirtyDevices.add(input.device);
    const validFor = state.device.timing.deadInterval;
    // What stands in the centre itself says nothing of the ways out of it.
    if ((context.sites.get(state.device.site)?.site.links.length ?? 0) > 0) hearSomebody(context, now);
    if (input.via !== null) {
      const link = context.links.get(input.via);
      if (link !== undefined) {
        this.#dirtyLinks.add(input.via);
        if (hearLink(context, link, input.device, now)) this.#refreshSiteOf(link, now);
      }
    }
    for (const [id, report] of input.links) {
      const link = context.links.get(id);
      if (link !== undefined && reportLink(context, link, { up: report.up, by: input.device, validFor }, now)) this.#refreshSiteOf(link, now);
    }
    const changed = hearDevice(context, state, input.via, now);
    const site = context.sites.get(state.device.site);
    if (site !== undefined && input.activeLink !== null && site.site.links.includes(input.activeLink)) {
      reportActive(context, site, { link: input.activeLink, by: input.device, validFor }, now);
    }
    if (changed) this.#reconsider(state, now);
  }

  /** A device came or went: that may say something of a site whose links are silent. */
  #reconsider(device: DeviceState, now: Instant): void {
    const site = this.#context.sites.get(device.device.site);
    if (site?.path != null && (site.path.is === 'isolated' || site.path.is === 'unknown' || site.path.is === 'failover')) refreshSite(this.#context, site, now);
  }

  #refreshSiteOf(link: LinkState, now: Instant): void {
    const site = this.#context.sites.get(link.link.site);
    if (site !== undefined) refreshSite(this.#context, site, now);
  }

  #expire(now: Instant): void {
    const context = this.#context;
    judgeBlindness(context, now);
    for (let due = context.deadlines.takeDue(now.mono); due !== null; due = context.deadlines.takeDue(now.mono)) {
      const device = context.devices.get(due.id);
      const link = context.links.get(due.id);
      const site = context.sites.get(due.id);
      switch (due.kind) {
        case 'device-life':
          if (device !== undefined && expireDevice(context, device, now)) {
            this.#dirtyDevices.add(due.id);
            this.#reconsider(device, now);
          }
          break;
        case 'device-stale': if (device !== undefined) expireMetrics(context, device, now); break;
        case 'device-flapping': if (device !== undefined) settleDevice(context, device, now); break;
        case 'link-life': if (link !== undefined && expireLink(context, link, now)) this.#refreshSiteOf(link, now); break;
        case 'link-report': if (link !== undefined && refreshLink(context, link, now)) this.#refreshSiteOf(link, now); break;
        case 'link-flapping': if (link !== undefined && settleLink(context, link, now)) this.#refreshSiteOf(link, now); break;
        case 'site-hold': if (site !== undefined) onSiteTimer(context, site, 'hold', now); break;
        case 'site-stuck': if (site !== undefined) onSiteTimer(context, site, 'stuck', now); break;
        case 'site-report': if (site !== undefined) onSiteTimer(context, site, 'report', now); break;
        case 'site-mains': if (site !== undefined) confirmMains(context, site, now); break;
        case 'gateway-blind': tellBlind(context, now); break;
        case 'alert-tell': context.book.onTimer(due, now); break;
        case 'alert-resolve':
          // Nothing is resolved while nothing is seen.
          if (context.blindSince === null) context.book.onTimer(due, now);
          else context.book.postpone(due, now);
          break;
      }
    }
  }

  #shift(by: Millis, now: Instant): void {
    const context = this.#context;
    context.deadlines.shift(by);
    const move = (at: MonoTime): MonoTime => (at + by) as MonoTime;
    for (const { life } of [...context.devices.values(), ...context.links.values()]) {
      life.countFrom = move(life.countFrom);
      life.downAt = move(life.downAt);
    }
    for (const link of context.links.values()) {
      if (link.holdUntil !== null) link.holdUntil = move(link.holdUntil);
      if (link.report !== null) link.report = { ...link.report, at: move(link.report.at), validUntil: move(link.report.validUntil) };
    }
    for (const site of context.sites.values()) {
      if (site.active !== null) site.active = { ...site.active, validUntil: move(site.active.validUntil) };
      if (site.isolatedAt !== null) site.isolatedAt = move(site.isolatedAt);
    }
    context.lastRemoteAt = move(context.lastRemoteAt);
    if (context.blindSince !== null) context.blindSince = { wall: context.blindSince.wall, mono: move(context.blindSince.mono) };
    context.outbox.record(now, 'stood-still', null, { zh: `程序停顿 ${Math.round(by / 1000)} 秒,所有时限顺延`, en: `the program stood still for ${Math.round(by / 1000)} s; every deadline moves by that` }, { ms: by });
  }

  #begin(rows: readonly StateRow[], renew: boolean, now: Instant): void {
    const context = this.#context;
    for (const device of context.arrangement.devices.values()) context.devices.set(device.id, beginDevice(device, now));
    for (const link of context.arrangement.links.values()) context.links.set(link.id, beginLink(link, now));
    for (const site of context.arrangement.sites.values()) context.sites.set(site.id, beginSite(site));
    const alerts: StoredAlert[] = [];
    for (const { key, json } of rows) {
      if (json === null) continue;
      const [kind, id] = [key.slice(0, key.indexOf('/')), key.slice(key.indexOf('/') + 1)];
      const [device, link, site] = [context.devices.get(id), context.links.get(id), context.sites.get(id)];
      if (kind === 'device' && device !== undefined) restoreDevice(device, json, now, renew);
      else if (kind === 'link' && link !== undefined) restoreLink(link, json, now, renew);
      else if (kind === 'site' && site !== undefined) restoreSite(site, json, now);
      else if (kind === 'alert') alerts.push(JSON.parse(json) as StoredAlert);
    }
    alerts.sort((a, b) => Number(a.alert.id.slice(1)) - Number(b.alert.id.slice(1)));
    for (const alert of alerts) context.book.restore(alert, now);
    for (const site of context.sites.values()) restoreHolds(context, site, now);
    restoreBlindness(context, now);
    for (const { kind, subject } of context.book.open()) if (kind === 'access-blind') context.blindCarriers.add(subject.id);
    for (const site of context.sites.values()) if (site.mains?.confirmed === false) context.deadlines.set(site.mainsTimer, now.mono);
    for (const device of context.devices.values()) {
      armDevice(context, device);
      armStale(context, device);
    }
    for (const link of context.links.values()) armLink(context, link);
  }

  #finish(now: Instant): StepResult {
    const { outbox, deadlines, groups } = this.#context;
    if (groups.touched) this.#judgeGroups(now);
    if (outbox.quiet) return outbox.nothing(deadlines.next());
    return outbox.take(deadlines.next(), (changes) => this.#rowsOf(changes, now));
  }

  /** What is said of links and sites together, after each of them has been judged. A verdict may touch groups again; it settles at once. */
  #judgeGroups(now: Instant): void {
    const context = this.#context;
    for (let round = 0; context.groups.touched && round < GROUP_ROUNDS; round += 1) {
      const { carriers, causes, counties } = context.groups.take();
      for (const group of carriers) judgeCarrier(context, group, now);
      for (const cause of causes) judgeCause(context, cause, now);
      for (const county of counties) judgeArea(context, county, now);
    }
  }

  #rowsOf(changes: readonly Change[], now: Instant): readonly StateRow[] {
    const { devices, links, sites, book } = this.#context;
    const rows: StateRow[] = [this.#ownRow(now)];
    for (const { type, id } of changes) {
      if (type === 'alert') {
        const stored = book.store(id);
        rows.push({ key: `alert/${id}`, json: stored === null ? null : JSON.stringify(stored) });
      } else {
        const [device, link, site] = [devices.get(id), links.get(id), sites.get(id)];
        if (type === 'device') rows.push(device === undefined ? { key: `device/${id}`, json: null } : storeDevice(device));
        else if (type === 'link') rows.push(link === undefined ? { key: `link/${id}`, json: null } : storeLink(link));
        else rows.push(site === undefined ? { key: `site/${id}`, json: null } : storeSite(site));
      }
    }
    for (const id of book.takeForgotten()) rows.push({ key: `alert/${id}`, json: null });
    return rows;
  }

  #ownRow(now: Instant): StateRow {
    return { key: ENGINE_KEY, json: JSON.stringify({ runtimeMs: now.mono, starts: this.#starts }) };
  }
}
