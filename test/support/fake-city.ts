/** Scenes for the API and the page: a quiet city on the Songhua, and the same city in a flood. */
import { wallTime } from '../../gateway/model/time.ts';
import type { AlertId } from '../../gateway/model/ids.ts';
import { fakeAlert, fakeDevice, fakeLink, fakePath, fakeSite, name, type FakeSituation } from './fake-situation.ts';

const KINDS = [
  ['command-centre', '应急指挥中心', 'Command centre', '向阳区'], ['centre-120', '120急救中心', '120 centre', '向阳区'], ['centre-110', '110指挥中心', '110 centre', '前进区'],
  ['flood-depot', '防汛物资库', 'Flood depot', '前进区'], ['relief-depot', '救灾物资库', 'Relief depot', '郊区'], ['jiamusi-hydrology', '佳木斯水文站', 'Jiamusi hydrology station', '郊区'],
  ['fuyuan-hydrology', '抚远水文站', 'Fuyuan hydrology station', '抚远市'],
] as const;

/** Every site on its preferred link, nothing open. */
export function quietCity(situation: FakeSituation, now: number): void {
  for (const [id, zh, en, county] of KINDS) {
    const [fibre, mobile, satellite] = [`${id}-unicom-fibre`, `${id}-mobile-5g`, `${id}-satellite`];
    const links = id === 'command-centre' ? [fibre, mobile, satellite] : [fibre, mobile];
    situation.putSite(fakeSite(id, { name: name(zh, en), shortName: zh, county, links, devices: [`${id}-agent`, `${id}-level`, `${id}-radio`] }));
    situation.putLink(fakeLink(fibre, id, now, { name: name('联通光缆', 'Unicom fibre'), circuit: 'JMS-0312' }));
    situation.putLink(fakeLink(mobile, id, now, { name: name('移动5G', 'Mobile 5G'), carrier: 'china-mobile', bearer: '5g', priority: 2, intervalMs: 10_000, deadIntervalMs: 30_000 }));
    if (links.length > 2) situation.putLink(fakeLink(satellite, id, now, { name: name('卫星', 'Satellite'), carrier: 'china-telecom', bearer: 'satellite', priority: 3 }));
    situation.putDevice(fakeDevice(`${id}-agent`, id, now, { name: name('链路探测终端', 'Link agent'), kind: 'link-agent' }));
    situation.putDevice(fakeDevice(`${id}-level`, id, now, {
      name: name('水位计', 'Level gauge'), kind: 'flood-sensor',
      metrics: { water_level_m: { value: 78.42, at: now, quality: 'ok', unit: 'm' }, battery_v: { value: 12.6, at: now, quality: 'ok', unit: 'V' } },
    }));
    situation.putDevice(fakeDevice(`${id}-radio`, id, now, { name: name('车载台', 'Radio'), kind: 'radio', presence: 'duty', metrics: { rssi_dbm: { value: -71, at: now, quality: 'ok', unit: 'dBm' } } }));
    situation.putPath(fakePath(id, now, { carries: fibre, next: mobile }));
  }
}

/** The depot's fibre is cut; its 5G carries and is the last. */
export function failOver(situation: FakeSituation, now: number): void {
  const [fibre, mobile] = ['flood-depot-unicom-fibre', 'flood-depot-mobile-5g'];
  situation.putLink({ ...must(situation.link(fibre)), state: { ...must(situation.link(fibre)).state, is: 'down', since: now, lastHeard: now - 15_000, verdict: 'link' } });
  situation.putPath(fakePath('flood-depot', now, { is: 'failover', carries: mobile, next: null, since: now }));
  situation.putAlert(fakeAlert('a-1', 'flood-depot', now, name('防汛物资库联通光缆03:00断,已切移动5G,再无备用。抢修责任:中国联通佳木斯分公司', 'Unicom fibre of Flood depot went down at 03:00; carried by Mobile 5G, no further backup. Repair: China Unicom Jiamusi'), {
    severity: 'orange', subject: { type: 'site', id: 'flood-depot' },
    evidence: [{ type: 'silence', at: wallTime(now), value: 15_000, source: fibre }, { type: 'link-heartbeat', at: wallTime(now - 2000), value: null, source: mobile }],
  }));
  situation.sentence = name('1 站已切备用(1 站再无备用)、1 条无人接单', '1 site on backup (1 with no further backup), 1 alert not taken');
}

/** A red isolated site with its devices folded under it, an exceeded level, a suspect gauge, a site coming back, and one alert that ended. */
export function flood(situation: FakeSituation, now: number): void {
  const since = now - 754_000;
  for (const id of ['fuyuan-hydrology-unicom-fibre', 'fuyuan-hydrology-mobile-5g']) {
    const link = must(situation.link(id));
    situation.putLink({ ...link, state: { ...link.state, is: 'down', since, lastHeard: since - 15_000, verdict: 'link' } });
  }
  situation.putPath(fakePath('fuyuan-hydrology', now, { is: 'isolated', since }));
  situation.putAlert(fakeAlert('a-2', 'fuyuan-hydrology', since, name('抚远水文站03:12起通信全断。联通光缆、移动5G均中断', 'Fuyuan hydrology station is isolated since 03:12. Down: Unicom fibre, Mobile 5G'), {
    kind: 'site-isolated', severity: 'red', subject: { type: 'site', id: 'fuyuan-hydrology' },
    evidence: [{ type: 'silence', at: wallTime(since), value: 15_000, source: 'fuyuan-hydrology-unicom-fibre' }, { type: 'silence', at: wallTime(since - 8000), value: 30_000, source: 'fuyuan-hydrology-mobile-5g' }],
  }));
  for (const [index, id] of ['agent', 'level', 'radio'].entries()) {
    const device = must(situation.device(`fuyuan-hydrology-${id}`));
    situation.putDevice({ ...device, state: { ...device.state, is: 'unreachable', since, lastHeard: since - 20_000, behind: 'fuyuan-hydrology' } });
    situation.putAlert(fakeAlert(`a-3${index}`, 'fuyuan-hydrology', since + 20_000, name(`抚远水文站${device.name.zh}03:14起离线`, `${device.name.en} at Fuyuan hydrology station is down since 03:14`), {
      kind: 'device-down', severity: 'yellow', subject: { type: 'device', id: device.id }, parent: 'a-2' as AlertId, toldAt: null,
    }));
  }
  const gauge = must(situation.device('jiamusi-hydrology-level'));
  situation.putDevice({ ...gauge, metrics: { ...gauge.metrics, water_level_m: { value: 79.42, at: now - 20_000, quality: 'ok', unit: 'm' } } });
  situation.thresholds = [{ device: gauge.id, site: 'jiamusi-hydrology', metric: 'water_level_m', level: '警戒水位', value: 79.42, over: 0.12, unit: 'm' }];
  situation.putAlert(fakeAlert('a-4', 'jiamusi-hydrology', now - 2_400_000, name('佳木斯水文站水位计02:44 水位 79.42 m,超警戒水位 0.12 m', 'Level gauge at Jiamusi hydrology station: water_level_m 79.42 m at 02:44, 0.12 m above 警戒水位'), {
    kind: 'threshold', severity: 'orange', level: '警戒水位', subject: { type: 'device', id: gauge.id, metric: 'water_level_m' },
    evidence: [{ type: 'reading', at: wallTime(now - 2_400_000), value: 79.42, source: gauge.id }],
  }));
  const fibre = must(situation.link('relief-depot-unicom-fibre'));
  situation.putLink({ ...fibre, state: { ...fibre.state, since: now - 18_000, health: 'degraded', flapping: true } });
  situation.putPath(fakePath('relief-depot', now, { is: 'failover', carries: 'relief-depot-mobile-5g', next: fibre.id, holdUntil: now + 42_000, since: now - 600_000 }));
  situation.putAlert(fakeAlert('a-5', 'relief-depot', now - 600_000, name('救灾物资库联通光缆03:15断,已切移动5G,尚有备用联通光缆。抢修责任:联通', 'Unicom fibre of Relief depot went down at 03:15; carried by Mobile 5G, next is Unicom fibre. Repair: China Unicom'), { improved: true, phase: 'taken', owner: 'unicom-duty-1' as never }));
  situation.putPath(fakePath('centre-110', now, { is: 'unprotected', carries: 'centre-110-unicom-fibre', since: now - 90_000 }));
  situation.putAlert(fakeAlert('a-6', 'centre-110', now - 3_000_000, name('110指挥中心移动5G质量劣化', 'Mobile 5G of 110 centre is degraded'), {
    kind: 'link-degraded', severity: 'blue', phase: 'resolved', resolvedAt: wallTime(now - 1_500_000), resolution: 'restored', subject: { type: 'link', id: 'centre-110-mobile-5g' },
  }));
  situation.sentence = name(
    '1 站失联、2 站已切备用(1 站再无备用)、1 站无备用、3 条无人接单;佳木斯水文站水位计超警戒水位 0.12 米',
    '1 site isolated, 2 sites on backup (1 with no further backup), 1 site unprotected, 3 alerts not taken; Level gauge 0.12 m past 警戒水位');
}

function must<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('the quiet city has to be built first');
  return value;
}
