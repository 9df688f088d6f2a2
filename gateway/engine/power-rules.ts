/** Electricity as the sites themselves report it: mains lost, batteries that run low, and a whole area without power. Never a carrier's fault. */
import type { Instant, WallTime } from '../model/time.ts';
import { later, millis, minutes, wallTime, type Millis } from '../model/time.ts';
import type { LadderFacts, Rung } from './alert-book.ts';
import type { Context } from './context.ts';
import type { Reading } from './input.ts';
import { siteFacts } from './site-rules.ts';
import type { DeviceState, SiteState } from './subjects.ts';

/** A dip is no outage. */
const CONFIRM: Millis = minutes(1);
const LOW_MIN = 30;
const LOW_PCT = 40;
const CRITICAL_MIN = 10;
const LEAST_SITES = 3;

export const areaLadder = (county: string): string => `area-power/${county}`;

/** A plausible reading of a device that knows of its mains. */
export function takePower(context: Context, device: DeviceState, reading: Reading, now: Instant): void {
  const { mainsMetric, site: id } = device.device;
  const site = context.sites.get(id);
  if (mainsMetric === null || site === undefined) return;
  if (reading.metric === mainsMetric) {
    if (reading.value === 0) {
      if (site.mains !== null) return;
      site.mains = { lostAt: reading.observedAt, confirmed: false, left_min: null, left_pct: null };
      context.deadlines.set(site.mainsTimer, later(now.mono, CONFIRM));
    } else if (site.mains !== null) {
      site.mains = null;
      context.deadlines.clear(site.mainsTimer);
    } else return;
  } else if (site.mains === null) return;
  else if (reading.metric === 'battery_min') site.mains.left_min = reading.value;
  else if (reading.metric === 'battery_pct') site.mains.left_pct = reading.value;
  else return;
  context.outbox.change('path', id);
  context.groups.touchSite(site.site);
  tellPower(context, site, now);
}

/** Mains has been away for long enough to be told. */
export function confirmMains(context: Context, site: SiteState, now: Instant): void {
  if (site.mains === null) return;
  site.mains.confirmed = true;
  context.groups.touchSite(site.site);
  tellPower(context, site, now);
}

function tellPower(context: Context, site: SiteState, now: Instant): void {
  const { site: { power, responsible } } = site;
  const facts: LadderFacts = { ...siteFacts(context, site, 'power'), responsible: [power ?? responsible].filter((agency) => agency !== null) };
  context.book.set(facts, rungOf(context, site, now.wall), now);
}

function rungOf(context: Context, { site, mains }: SiteState, now: WallTime): Rung | null {
  if (mains === null) return null;
  const { lostAt, left_min, left_pct } = mains;
  const evidence = [{ type: 'mains' as const, at: lostAt, value: false, source: site.id }];
  const low = (left_min !== null && left_min <= LOW_MIN) || (left_min === null && left_pct !== null && left_pct <= LOW_PCT);
  if (low) {
    const critical = left_min !== null && left_min <= CRITICAL_MIN && site.links.length > 0;
    const until = left_min === null ? null : wallTime(now + left_min * 60_000);
    return { rank: critical ? 3 : 2, kind: 'battery-low', severity: critical ? 'red' : 'orange', level: null, evidence, because: context.wording.batteryLow(site, lostAt, left_min, left_pct, until) };
  }
  return mains.confirmed ? { rank: 1, kind: 'mains-lost', severity: 'yellow', level: null, evidence, because: context.wording.mainsLost(site, lostAt) } : null;
}

/** Three sites or more of a county that are dark or on battery: one alert that later ones join. */
export function judgeArea(context: Context, county: string, now: Instant): void {
  const sites = (context.groups.counties.get(county) ?? []).map((id) => context.sites.get(id)).filter((site) => site !== undefined);
  const without = sites.filter((site) => site.dark !== 'no' || site.mains?.confirmed === true)
    .toSorted((a, b) => leftOf(a) - leftOf(b));
  const [first] = sites;
  const ladder = areaLadder(county);
  const open = context.book.at(ladder);
  if (open === undefined && without.length < LEAST_SITES) return;
  const power = [...new Set(without.map((site) => site.site.power).filter((agency) => agency !== null))];
  const facts: LadderFacts = {
    ladder, subject: { type: 'area', id: county }, site: null, carrier: null, responsible: power, resolveAfter: first?.site.resolveAfter ?? millis(300_000), name: { zh: `${county}供电`, en: `power in ${county}` },
  };
  // Fewer than three left is an improvement, and only none is the end.
  context.book.set(facts, without.length === 0 ? null : {
    rank: 1, kind: 'area-power', severity: 'orange', level: null, evidence: without.map((site) => ({ type: 'mains' as const, at: site.mains?.lostAt ?? now.wall, value: false, source: site.site.id })),
    because: context.wording.areaPower(county, without.map((site) => ({ site: site.site, dark: site.dark !== 'no', left_min: site.mains?.left_min ?? null }))),
  }, now);
}
const leftOf = (site: SiteState): number => (site.dark !== 'no' ? 0 : site.mains?.left_min ?? Number.MAX_SAFE_INTEGER);
