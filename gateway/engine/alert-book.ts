/**
 * The alert book: at most one open alert a ladder. A ladder is asked for a rung (or none, or to stay as it is because nothing can be said);
 * the book turns that into raised, superseded, improved, worsened and resolved, holds the telling, and folds.
 */
import type { Arrangement } from '../arrangement/arrangement.ts';
import type { Alert, AlertKind, AlertSubject, Severity } from '../model/alert.ts';
import type { Evidence } from '../model/evidence.ts';
import type { AgencyId, AlertId, SiteId } from '../model/ids.ts';
import type { Bilingual } from '../model/text.ts';
import { later, millis, type Instant, type Millis } from '../model/time.ts';
import { timer, type Deadlines, type Timer } from './deadlines.ts';
import { findParent } from './folding.ts';
import type { Outbox } from './outbox.ts';

const MAX_RESOLVED = 1_000;
const SEVERITIES: readonly Severity[] = ['blue', 'yellow', 'orange', 'red'];
const RED_HOLD_MS = 3_000;
/** While others of its carrier or cause are down as well: an outage of all may be about to be seen. */
const GROUPING_HOLD_MS = 10_000;

/** What a ladder should stand at. `rank` orders the rungs of one ladder, worse is higher. */
export interface Rung {
  readonly rank: number;
  readonly kind: AlertKind;
  readonly severity: Severity;
  readonly level: string | null;
  readonly because: Bilingual;
  readonly evidence: readonly Evidence[];
}
export interface LadderFacts {
  readonly ladder: string;
  readonly subject: AlertSubject;
  readonly site: SiteId | null;
  readonly carrier: AgencyId | null;
  readonly responsible: readonly AgencyId[];
  readonly resolveAfter: Millis;
  /** How the text of an improvement and of the end begins, such as the site's name. */
  readonly name: Bilingual;
}
export interface OpenAlert {
  alert: Alert;
  facts: LadderFacts;
  rank: number;
  /** True while its ladder asks for nothing and it waits out resolveAfter. */
  recovering: boolean;
  /** People were told that it improved, so a relapse is told as well. */
  improvementTold: boolean;
  readonly tellTimer: Timer;
  readonly resolveTimer: Timer;
}
/** How an open alert is kept over a restart. */
export interface StoredAlert {
  readonly alert: Alert;
  readonly facts: LadderFacts;
  readonly rank: number;
  readonly recovering: boolean;
  readonly improvementTold: boolean;
}

export class AlertBook {
  readonly #byLadder = new Map<string, OpenAlert>();
  readonly #byId = new Map<string, OpenAlert>();
  /** Oldest first. */
  readonly #resolved = new Map<string, Alert>();
  /** Resolved alerts that fell off the end; their rows are to be deleted. */
  readonly #forgotten: string[] = [];
  /** Ids of open alerts by the id of the alert that they are folded into. */
  readonly #children = new Map<string, Set<string>>();
  readonly #deadlines: Deadlines;
  readonly #outbox: Outbox;
  arrangement: Arrangement;
  /** Whether an alert that is raised now may soon be part of a greater one. */
  mayGroup: (alert: Alert) => boolean = () => false;

  constructor(deadlines: Deadlines, outbox: Outbox, arrangement: Arrangement) {
    this.#deadlines = deadlines;
    this.#outbox = outbox;
    this.arrangement = arrangement;
  }

  *open(): Generator<Alert> { for (const entry of this.#byLadder.values()) yield entry.alert; }
  *ladders(): Generator<OpenAlert> { yield* this.#byLadder.values(); }
  resolved(): IterableIterator<Alert> { return this.#resolved.values(); }
  find(id: string): Alert | undefined { return this.#byId.get(id)?.alert ?? this.#resolved.get(id); }
  at(ladder: string): Alert | undefined { return this.#byLadder.get(ladder)?.alert; }

  /** Brings the ladder to `rung`. Null: nothing is wrong any more. */
  set(facts: LadderFacts, rung: Rung | null, now: Instant): void {
    const entry = this.#byLadder.get(facts.ladder);
    if (entry === undefined) {
      if (rung !== null) this.#raise(facts, rung, now);
      return;
    }
    if (rung === null) return this.#recover(entry, now);
    if (rung.rank > entry.rank) return this.#supersede(entry, facts, rung, now);
    if (rung.rank < entry.rank) return this.#improve(entry, rung, now);
    if (entry.recovering) return this.#relapse(entry, rung, now);
    if (rung.severity !== entry.alert.severity) return this.#reweigh(entry, rung, now);
    if (rung.because.zh !== entry.alert.because.zh) this.#amend(entry, { because: rung.because, evidence: rung.evidence });
  }

  /** Nothing can be said about this ladder now: what is open stays open, and a running recovery is off. */
  freeze(ladder: string, now: Instant): void {
    const entry = this.#byLadder.get(ladder);
    if (entry === undefined) return;
    this.#deadlines.clear(entry.resolveTimer);
    if (entry.recovering && entry.alert.toldAt === null) this.#deadlines.set(entry.tellTimer, later(now.mono, this.#hold(entry.alert)));
    entry.recovering = false;
  }

  /** The subject has left the arrangement. */
  remove(ladder: string, now: Instant): void {
    const entry = this.#byLadder.get(ladder);
    if (entry !== undefined) this.#close(entry, now, 'removed', null, { zh: `${entry.facts.name.zh}已从方案中移除`, en: `${entry.facts.name.en} was removed from the arrangement` });
  }

  onTimer(due: Timer, now: Instant): void {
    const entry = this.#byId.get(due.id);
    if (entry === undefined) return;
    if (due.kind === 'alert-tell') this.#release(entry, now);
    else if (entry.recovering) {
      const { zh, en } = entry.facts.name;
      const minutes = Math.round(entry.facts.resolveAfter / 60_000);
      this.#close(entry, now, 'restored', null, { zh: `已恢复:${zh},稳定${minutes}分钟`, en: `${en} has recovered and was stable for ${minutes} min` });
    }
  }

  /** Its time is over, but nothing may be resolved now: it waits as long again. */
  postpone(due: Timer, now: Instant): void {
    const entry = this.#byId.get(due.id);
    if (entry !== undefined) this.#deadlines.set(entry.resolveTimer, later(now.mono, entry.facts.resolveAfter));
  }

  /** Puts back what was stored; timers start anew from now. Alerts that were told are not told again. */
  restore(stored: StoredAlert, now: Instant): void {
    if (stored.alert.phase === 'resolved') {
      this.#resolved.set(stored.alert.id, stored.alert);
      return;
    }
    const entry = this.#enter(stored.alert, stored.facts, stored.rank);
    if (stored.alert.parent !== null) this.#fold(entry, stored.alert.parent);
    entry.recovering = stored.recovering;
    entry.improvementTold = stored.improvementTold;
    if (stored.alert.toldAt === null && stored.alert.parent === null) this.#deadlines.set(entry.tellTimer, later(now.mono, this.#hold(stored.alert)));
    if (entry.recovering) this.#deadlines.set(entry.resolveTimer, later(now.mono, entry.facts.resolveAfter));
  }

  /** What to store of one alert; null when it is to be deleted. */
  store(id: string): StoredAlert | null {
    const entry = this.#byId.get(id);
    if (entry !== undefined) {
      return { alert: entry.alert, facts: entry.facts, rank: entry.rank, recovering: entry.recovering, improvementTold: entry.improvementTold };
    }
    const alert = this.#resolved.get(id);
    if (alert === undefined) return null;
    const facts: LadderFacts = { ladder: '', subject: alert.subject, site: alert.site, carrier: alert.carrier, responsible: [], resolveAfter: millis(0), name: alert.because };
    return { alert, facts, rank: 0, recovering: false, improvementTold: false };
  }

  takeForgotten(): readonly string[] { return this.#forgotten.splice(0); }

  #raise(facts: LadderFacts, rung: Rung, now: Instant): OpenAlert {
    const alert: Alert = {
      id: `a${this.#outbox.nextSeq}` as AlertId, kind: rung.kind, severity: rung.severity, subject: facts.subject, level: rung.level, site: facts.site,
      carrier: facts.carrier, phase: 'firing', improved: false, owner: null, parts: facts.responsible.map((agency) => ({ agency, owner: null })),
      openedAt: now.wall, toldAt: null, resolvedAt: null, resolution: null, supersededBy: null, parent: null, drill: false,
      because: rung.because, evidence: rung.evidence, code: null,
    };
    this.#outbox.record(now, 'raised', alert.id, rung.because, { kind: rung.kind, severity: rung.severity, subject: facts.subject.id });
    const entry = this.#enter(alert, facts, rung.rank);
    this.#deadlines.set(entry.tellTimer, later(now.mono, this.#hold(entry.alert)));
    this.#touch(entry);
    return entry;
  }

  #supersede(old: OpenAlert, facts: LadderFacts, rung: Rung, now: Instant): void {
    this.#byLadder.delete(old.facts.ladder);
    const fresh = this.#raise(facts, rung, now);
    this.#close(old, now, 'superseded', fresh.alert.id, { zh: `被更严重的告警取代:${rung.because.zh}`, en: `superseded by a worse one: ${rung.because.en}` });
  }

  #improve(entry: OpenAlert, rung: Rung, now: Instant): void {
    this.#deadlines.clear(entry.resolveTimer);
    entry.recovering = false;
    entry.rank = rung.rank;
    if (entry.alert.toldAt === null) this.#deadlines.set(entry.tellTimer, later(now.mono, this.#hold(entry.alert)));
    const text = { zh: `好转未恢复:${rung.because.zh}`, en: `improved, not recovered: ${rung.because.en}` };
    this.#amend(entry, { kind: rung.kind, severity: rung.severity, level: rung.level, because: rung.because, evidence: rung.evidence, improved: true });
    this.#outbox.record(now, 'improved', entry.alert.id, text, { kind: rung.kind, severity: rung.severity });
    this.#sayImproved(entry);
  }

  #recover(entry: OpenAlert, now: Instant): void {
    if (entry.recovering) return;
    entry.recovering = true;
    this.#deadlines.set(entry.resolveTimer, later(now.mono, entry.facts.resolveAfter));
    const minutes = Math.round(entry.facts.resolveAfter / 60_000);
    this.#amend(entry, { improved: true });
    const { zh, en } = entry.facts.name;
    this.#outbox.record(now, 'improved', entry.alert.id,
      { zh: `好转未恢复:${zh}恢复正常,观察${minutes}分钟`, en: `improved, not recovered: ${en} is back and is watched for ${minutes} min` }, { kind: entry.alert.kind });
    // From a mild rung the end is told soon enough; only whoever was told of a red one waits for this.
    if (entry.alert.severity === 'red') this.#sayImproved(entry);
  }

  #relapse(entry: OpenAlert, rung: Rung, now: Instant): void {
    this.#deadlines.clear(entry.resolveTimer);
    entry.recovering = false;
    entry.rank = rung.rank;
    if (entry.alert.toldAt === null) this.#deadlines.set(entry.tellTimer, later(now.mono, this.#hold(entry.alert)));
    this.#amend(entry, { severity: rung.severity, level: rung.level, because: rung.because, evidence: rung.evidence, improved: false });
    this.#outbox.record(now, 'worsened', entry.alert.id, { zh: `再次出现:${rung.because.zh}`, en: `back again: ${rung.because.en}` }, { severity: rung.severity });
    if (entry.improvementTold) this.#outbox.tell({ alert: entry.alert, occasion: 'worsened' });
    entry.improvementTold = false;
  }

  #reweigh(entry: OpenAlert, rung: Rung, now: Instant): void {
    const worse = SEVERITIES.indexOf(rung.severity) > SEVERITIES.indexOf(entry.alert.severity);
    this.#amend(entry, { severity: rung.severity, because: rung.because, evidence: rung.evidence, improved: !worse });
    this.#outbox.record(now, worse ? 'worsened' : 'improved', entry.alert.id, rung.because, { severity: rung.severity });
    if (entry.alert.toldAt !== null) this.#outbox.tell({ alert: entry.alert, occasion: worse ? 'worsened' : 'improved' });
  }

  #sayImproved(entry: OpenAlert): void {
    if (entry.alert.toldAt === null) return;
    entry.improvementTold = true;
    this.#outbox.tell({ alert: entry.alert, occasion: 'improved' });
  }

  /** The hold is over: fold it, or tell it. */
  #release(entry: OpenAlert, now: Instant): void {
    // One that is over before anybody was told need not be told; a relapse starts the hold anew.
    if (entry.alert.toldAt !== null || entry.recovering) return;
    const parent = findParent(entry.alert, (ladder) => this.at(ladder), this.arrangement);
    if (parent !== null) {
      const unfolding = entry.alert.parent === parent.id;
      this.#fold(entry, parent.id);
      if (!unfolding) {
        this.#outbox.record(now, 'folded', entry.alert.id,
          { zh: `并入:${parent.because.zh}`, en: `folded into ${parent.id}: ${parent.because.en}` }, { parent: parent.id });
      }
      return;
    }
    if (entry.alert.parent !== null) {
      this.#outbox.record(now, 'unfolded', entry.alert.id, { zh: '上级告警已结束,本告警仍在', en: 'its parent has ended, it has not' }, {});
    }
    this.#amend(entry, { parent: null, toldAt: now.wall });
    this.#outbox.record(now, 'told', entry.alert.id, entry.alert.because, { severity: entry.alert.severity });
    this.#outbox.tell({ alert: entry.alert, occasion: 'opened' });
  }

  #close(entry: OpenAlert, now: Instant, resolution: NonNullable<Alert['resolution']>, supersededBy: AlertId | null, text: Bilingual): void {
    this.#deadlines.clear(entry.tellTimer);
    this.#deadlines.clear(entry.resolveTimer);
    if (this.#byLadder.get(entry.facts.ladder) === entry) this.#byLadder.delete(entry.facts.ladder);
    this.#byId.delete(entry.alert.id);
    const told = entry.alert.toldAt !== null;
    const alert: Alert = { ...entry.alert, phase: 'resolved', improved: false, resolvedAt: now.wall, resolution, supersededBy };
    this.#resolved.set(alert.id, alert);
    for (const oldest of this.#resolved.keys()) {
      if (this.#resolved.size <= MAX_RESOLVED) break;
      this.#resolved.delete(oldest);
      this.#forgotten.push(oldest);
    }
    this.#outbox.record(now, resolution === 'superseded' ? 'superseded' : 'resolved', alert.id, text, { resolution });
    this.#outbox.change('alert', alert.id);
    if (told && resolution !== 'superseded') this.#outbox.tell({ alert, occasion: 'resolved' });
    for (const id of this.#children.get(alert.id) ?? []) {
      const child = this.#byId.get(id);
      if (child === undefined || child.alert.parent !== alert.id) continue;
      if (supersededBy === null || child.alert.toldAt !== null) {
        // A child that is told already only loses its link; one that is not gets its hold again, so that it may recover with its parent.
        if (child.alert.toldAt !== null) this.#amend(child, { parent: null });
        else if (!child.recovering) this.#deadlines.set(child.tellTimer, later(now.mono, this.#hold(child.alert)));
      } else this.#fold(child, supersededBy);
    }
    this.#children.delete(alert.id);
  }

  #fold(child: OpenAlert, parent: AlertId): void {
    const siblings = this.#children.get(parent) ?? new Set();
    this.#children.set(parent, siblings.add(child.alert.id));
    this.#amend(child, { parent });
  }

  #enter(alert: Alert, facts: LadderFacts, rank: number): OpenAlert {
    const entry: OpenAlert = {
      alert, facts, rank, recovering: false, improvementTold: false,
      tellTimer: timer('alert-tell', alert.id), resolveTimer: timer('alert-resolve', alert.id),
    };
    this.#byLadder.set(facts.ladder, entry);
    this.#byId.set(alert.id, entry);
    return entry;
  }

  #hold(alert: Alert): Millis {
    const rule = this.arrangement.rules.holdTelling;
    if (alert.severity === 'red') return millis(Math.min(rule, RED_HOLD_MS));
    return this.mayGroup(alert) ? millis(Math.max(rule, GROUPING_HOLD_MS)) : rule;
  }
  #amend(entry: OpenAlert, change: Partial<Alert>): void {
    entry.alert = { ...entry.alert, ...change };
    this.#touch(entry);
  }
  #touch(entry: OpenAlert): void {
    this.#outbox.change('alert', entry.alert.id);
  }
}
