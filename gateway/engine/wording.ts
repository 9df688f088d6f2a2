/** Sentences of alerts in zh and en: subject first, time of the fact, what carries now. Words: docs of the arrangement's UI wording. */
import type { Arrangement, Device, Link, Site, Threshold } from '../arrangement/arrangement.ts';
import type { Bilingual } from '../model/text.ts';
import type { WallTime } from '../model/time.ts';
import { unitOf } from '../model/metrics.ts';
import type { BearerClass } from './groups.ts';
import type { Doubt } from './plausibility.ts';

const CLASS_NAMES: Readonly<Record<BearerClass, Bilingual>> = {
  fixed: { zh: '专线', en: 'fixed' }, mobile: { zh: '4G/5G', en: 'mobile' }, satellite: { zh: '卫星', en: 'satellite' }, radio: { zh: '无线', en: 'radio' },
};
export interface CarrierOutage {
  readonly total: number;
  readonly down: number;
  readonly since: WallTime;
  readonly switched: number;
  readonly isolated: readonly Site[];
  readonly last: readonly Site[];
  /** The centre's own access to the carrier is checked, and works. */
  readonly tested: boolean;
}
export interface SharedCause {
  readonly carriers: readonly Link['carrier'][];
  readonly links: number;
  readonly since: WallTime;
  readonly sites: number;
  readonly isolated: readonly Site[];
}

export class Wording {
  readonly #arrangement: Arrangement;
  readonly #hours: Intl.DateTimeFormat;
  readonly #days: Intl.DateTimeFormat;
  constructor(arrangement: Arrangement) {
    this.#arrangement = arrangement;
    this.#days = new Intl.DateTimeFormat('sv-SE', { timeZone: arrangement.timeZone, dateStyle: 'short' });
    this.#hours = new Intl.DateTimeFormat('en-GB', { timeZone: arrangement.timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  }

  clock(at: WallTime): string { return this.#hours.format(at); }
  site(site: Site): Bilingual { return { zh: site.shortName, en: site.name.en }; }
  link(link: Link): Bilingual { return link.name; }

  linkDown(link: Link, since: WallTime, never: boolean): Bilingual {
    const circuit = link.circuit === null ? '' : link.circuit;
    const site = this.#siteName(link.site);
    if (never) return { zh: `${site.zh}${link.name.zh}${circuit && `(电路${circuit})`}启动以来从未收到心跳`, en: `${link.name.en} of ${site.en}${circuit && ` (circuit ${circuit})`} has not been heard since the start` };
    const at = this.clock(since);
    return { zh: `${site.zh}${link.name.zh}${circuit && `(电路${circuit})`}${at}起中断`, en: `${link.name.en} of ${site.en}${circuit && ` (circuit ${circuit})`} is down since ${at}` };
  }
  linkDegraded(link: Link): Bilingual {
    const site = this.#siteName(link.site);
    return { zh: `${site.zh}${link.name.zh}质量劣化`, en: `${link.name.en} of ${site.en} is degraded` };
  }
  flapping(name: Bilingual, transitions: number): Bilingual {
    return { zh: `${name.zh}闪断,15分钟内${transitions}次变化`, en: `${name.en} is flapping: ${transitions} changes within 15 min` };
  }
  deviceName(device: Device): Bilingual {
    const site = this.#siteName(device.site);
    return { zh: `${site.zh}${device.name.zh}`, en: `${device.name.en} at ${site.en}` };
  }
  linkName(link: Link): Bilingual {
    const site = this.#siteName(link.site);
    return { zh: `${site.zh}${link.name.zh}`, en: `${link.name.en} of ${site.en}` };
  }
  deviceDown(device: Device, since: WallTime, never: boolean): Bilingual {
    const name = this.deviceName(device);
    if (never) return { zh: `${name.zh}启动以来从未收到心跳`, en: `${name.en} has not been heard since the start` };
    return { zh: `${name.zh}${this.clock(since)}起离线`, en: `${name.en} is down since ${this.clock(since)}` };
  }

  siteUnprotected(site: Site, carries: Link): Bilingual {
    return { zh: `${site.shortName}主用${carries.name.zh}正常,备用全部中断,无备用`, en: `${site.name.en} is carried by its preferred ${carries.name.en} and every backup is down` };
  }
  siteFailover(site: Site, preferred: Link, since: WallTime, carries: Link, next: Link | null): Bilingual {
    const at = this.clock(since);
    const responsible = this.#agency(preferred.carrier);
    return {
      zh: `${site.shortName}${preferred.name.zh}${at}断,已切${carries.name.zh},${next === null ? '再无备用' : `尚有备用${next.name.zh}`}。抢修责任:${responsible.zh}`,
      en: `${preferred.name.en} of ${site.name.en} went down at ${at}; carried by ${carries.name.en}, ${next === null ? 'no further backup' : `next is ${next.name.en}`}. Repair: ${responsible.en}`,
    };
  }
  /** The preferred link is back and not trusted yet. */
  siteFailback(site: Site, preferred: Link, since: WallTime, carries: Link): Bilingual {
    const at = this.clock(since);
    return {
      zh: `${site.shortName}${preferred.name.zh}${at}恢复,稳定后回切,现仍由${carries.name.zh}承载`,
      en: `${preferred.name.en} of ${site.name.en} is back since ${at} and carries again once it is steady; until then ${carries.name.en} does`,
    };
  }
  siteIsolated(site: Site, since: WallTime, links: readonly Link[], cause: 'links' | 'link-or-power' | 'upstream'): Bilingual {
    const at = this.clock(since);
    const zh = links.map((link) => link.name.zh).join('、');
    const en = links.map((link) => link.name.en).join(', ');
    const why = cause === 'link-or-power' ? { zh: ',链路或站点供电故障', en: '; the link or the site power has failed' } : { zh: '', en: '' };
    return { zh: `${site.shortName}${at}起通信全断。${zh}均中断${why.zh}`, en: `${site.name.en} is isolated since ${at}. Down: ${en}${why.en}` };
  }
  siteDark(site: Site, since: WallTime, cause: 'probable' | 'confirmed', sharedCauses: readonly Bilingual[]): Bilingual {
    const at = this.clock(since);
    const shared = sharedCauses.length === 0 ? { zh: '', en: '' }
      : { zh: `,或同因:${sharedCauses.map((each) => each.zh).join('、')}`, en: `, or their shared cause: ${sharedCauses.map((each) => each.en).join(', ')}` };
    return {
      zh: `${site.shortName}${at}起全部失联,各链路与设备同时静默,${cause === 'confirmed' ? '站点断电(此前已报市电中断)' : '疑站点断电'}${shared.zh}`,
      en: `${site.name.en} is dark since ${at}: all links and devices fell silent together; ${cause === 'confirmed' ? 'site power lost (mains was reported lost before)' : 'site power is the probable cause'}${shared.en}`,
    };
  }
  failoverStuck(site: Site, stuckOn: Link, backup: Link): Bilingual {
    return {
      zh: `${site.shortName}主用${stuckOn.name.zh}已断,备用${backup.name.zh}正常但未切过去。请远程或到站手动切换`,
      en: `${site.name.en} still sits on ${stuckOn.name.en}, which is down, though ${backup.name.en} works; switch it by hand`,
    };
  }
  carrier(id: Link['carrier']): Bilingual { return this.#agency(id); }
  carrierOutage(carrier: Link['carrier'], bearers: BearerClass, { total, down, since, switched, isolated, last, tested }: CarrierOutage): Bilingual {
    const { zh, en } = this.#agency(carrier);
    const at = this.clock(since);
    const list = (sites: readonly Site[], name: (site: Site) => string): string => `${sites.slice(0, 5).map(name).join('、')}${sites.length > 5 ? '…' : ''}`;
    const lost = isolated.length === 0 ? { zh: '', en: '' } : { zh: `,失联${isolated.length}站(${list(isolated, (site) => site.shortName)})`, en: `, ${isolated.length} isolated (${list(isolated, (site) => site.name.en)})` };
    const edge = last.length === 0 ? { zh: '', en: '' } : { zh: `,再无备用${last.length}站(${list(last, (site) => site.shortName)})`, en: `, ${last.length} on their last link (${list(last, (site) => site.name.en)})` };
    return {
      zh: `${zh}${CLASS_NAMES[bearers].zh}${at}起${total}条链路断${down}条,${switched}站已切备用${lost.zh}${edge.zh}。疑${zh}侧故障${tested ? ',中心侧已测正常' : ''}`,
      en: `${en}: ${down} of ${total} ${CLASS_NAMES[bearers].en} links down since ${at}, ${switched} sites on backup${lost.en}${edge.en}; probably a fault of ${en}${tested ? ', its access at the centre works' : ''}`,
    };
  }
  accessBlind(carrier: Link['carrier'], since: WallTime): Bilingual {
    const { zh, en } = this.#agency(carrier);
    return {
      zh: `指挥中心到${zh}的出口${this.clock(since)}起不通,${zh}各链路状态不明,不代表${zh}故障`,
      en: `the centre itself does not reach ${en} since ${this.clock(since)}: nothing can be said of its links, and it is not to blame`,
    };
  }
  sharedCause(cause: string, { carriers, links, since, sites, isolated }: SharedCause): Bilingual {
    const name = this.#arrangement.causes.get(cause)?.name ?? { zh: cause, en: cause };
    const lead = carriers[0] === undefined ? { zh: '', en: '' } : this.#agency(carriers[0]);
    const lost = isolated.length === 0 ? { zh: '', en: '' } : { zh: `、失联${isolated.length}站(${isolated.map((site) => site.shortName).join('、')})`, en: `, ${isolated.length} of them isolated (${isolated.map((site) => site.name.en).join(', ')})` };
    return {
      zh: `${name.zh}${this.clock(since)}起${carriers.length}家${links}条链路同断,疑同因,影响${sites}站${lost.zh}。${lead.zh}牵头`,
      en: `${name.en}: ${links} links of ${carriers.length} carriers down together since ${this.clock(since)}, ${sites} sites concerned${lost.en}; ${lead.en} leads`,
    };
  }
  mainsLost(site: Site, since: WallTime): Bilingual {
    return { zh: `${site.shortName}${this.clock(since)}市电中断,电池供电`, en: `${site.name.en} has lost mains power at ${this.clock(since)} and runs on battery` };
  }
  batteryLow(site: Site, since: WallTime, left_min: number | null, left_pct: number | null, until: WallTime | null): Bilingual {
    const left = left_min === null ? { zh: `电池约剩${Math.round(left_pct ?? 0)}%`, en: `about ${Math.round(left_pct ?? 0)} % of battery left` }
      : { zh: `电池约剩${Math.round(left_min)}分钟,预计${until === null ? '' : this.clock(until)}失联`, en: `about ${Math.round(left_min)} min of battery left, isolated at about ${until === null ? '' : this.clock(until)}` };
    return { zh: `${site.shortName}${this.clock(since)}市电断,${left.zh}。请派油机或恢复市电`, en: `${site.name.en} lost mains at ${this.clock(since)}; ${left.en}. Send a generator or restore mains` };
  }
  areaPower(county: string, sites: readonly { readonly site: Site; readonly dark: boolean; readonly left_min: number | null }[]): Bilingual {
    const each = sites.slice(0, 8).map(({ site, dark, left_min }) => ({
      zh: `${site.shortName}${dark ? '已断电' : left_min === null ? '电池供电' : `剩${Math.round(left_min)}分钟`}`,
      en: `${site.name.en} ${dark ? 'dark' : left_min === null ? 'on battery' : `${Math.round(left_min)} min left`}`,
    }));
    return { zh: `${county}大面积停电,${sites.length}站受影响:${each.map(({ zh }) => zh).join('、')}`, en: `power is out in ${county}, ${sites.length} sites: ${each.map(({ en }) => en).join(', ')}` };
  }
  gatewayBlind(since: WallTime): Bilingual {
    return {
      zh: `指挥中心出口${this.clock(since)}断,系统看不到各站,不代表各站故障。请用电话、电台逐站核实`,
      en: `the centre's own way out is cut since ${this.clock(since)}: the gateway sees no site, which says nothing of the sites. Ask each by telephone or radio`,
    };
  }
  /** Month and day in the city's time, such as 06-01. */
  monthDay(at: WallTime): string { return this.#days.format(at).slice(5); }
  clockSkew(device: Device, skew_ms: number): Bilingual {
    const name = this.deviceName(device);
    const minutes = Math.round(Math.abs(skew_ms) / 60_000);
    return {
      zh: `${name.zh}时钟${skew_ms > 0 ? '慢' : '快'}约${minutes}分钟,其数据按接收时间记`,
      en: `the clock of ${name.en} is about ${minutes} min ${skew_ms > 0 ? 'behind' : 'ahead'}; its readings are taken at their time of receipt`,
    };
  }
  sensorStale(device: Device, metric: string, since: WallTime): Bilingual {
    const name = this.deviceName(device);
    return { zh: `${name.zh}在线,但${metric}自${this.clock(since)}起没有新数据`, en: `${name.en} is heard, but has sent no ${metric} since ${this.clock(since)}` };
  }
  sensorStuck(device: Device, metric: string, value: number, since: WallTime): Bilingual {
    const name = this.deviceName(device);
    return { zh: `${name.zh} ${metric}自${this.clock(since)}起停在${value.toFixed(2)} ${unitOf(metric)},疑传感器卡死`, en: `${name.en}: ${metric} has stood at ${value.toFixed(2)} ${unitOf(metric)} since ${this.clock(since)}; the sensor may be stuck` };
  }
  threshold(device: Device, level: Threshold, value: number, over: number, at: WallTime, late: boolean): Bilingual {
    const unit = unitOf(level.metric);
    const name = this.deviceName(device);
    const [verbZh, verbEn] = level.above !== null ? ['超', 'above'] : ['低于', 'below'];
    return {
      zh: `${name.zh}${this.clock(at)} ${level.metric === 'water_level_m' ? '水位' : level.metric} ${value.toFixed(2)} ${unit},${verbZh}${level.name.zh} ${over.toFixed(2)} ${unit}${late ? '(补报)' : ''}`,
      en: `${name.en}: ${level.metric} ${value.toFixed(2)} ${unit} at ${this.clock(at)}, ${over.toFixed(2)} ${unit} ${verbEn} ${level.name.en}${late ? ' (late report)' : ''}`,
    };
  }
  sensorSuspect(device: Device, metric: string, value: number, at: WallTime, doubt: Doubt | null, keepsAlert: boolean): Bilingual {
    const unit = unitOf(metric);
    const name = this.deviceName(device);
    const why = doubt === null ? { zh: '设备自报存疑', en: 'the device itself marks it as doubtful' }
      : doubt.type === 'out-of-range' ? { zh: `不在合理范围 ${doubt.min}–${doubt.max} ${unit}`, en: `outside the plausible ${doubt.min} to ${doubt.max} ${unit}` }
        : { zh: `由 ${doubt.from.toFixed(2)} 跳变 ${doubt.by.toFixed(2)} ${unit}`, en: `jumped by ${doubt.by.toFixed(2)} ${unit} from ${doubt.from.toFixed(2)}` };
    const keeps = keepsAlert ? { zh: ',超限告警不解除', en: '; the threshold alert stays' } : { zh: '', en: '' };
    return {
      zh: `${name.zh}${this.clock(at)} ${metric} 读数 ${value.toFixed(2)} ${unit},${why.zh},判为测报异常${keeps.zh}。请人工读尺`,
      en: `${name.en}: ${metric} reads ${value.toFixed(2)} ${unit} at ${this.clock(at)}, ${why.en}${keeps.en}; read the gauge by hand`,
    };
  }

  #siteName(id: Device['site']): Bilingual {
    const site = this.#arrangement.sites.get(id);
    return site === undefined ? { zh: id, en: id } : this.site(site);
  }
  #agency(id: Link['carrier']): Bilingual {
    return this.#arrangement.agencies.get(id)?.shortName ?? { zh: id, en: id };
  }
}
