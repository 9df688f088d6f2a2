// Every word of the page in both languages. The Chinese follows the duty room's wording: 失联 is said of a site only.
const zh = {
  htmlLang: 'zh-CN', brand: '联勤', place: '应急通信联勤态势', switchTo: 'English', switchLabel: 'Switch to English', skip: '跳到告警',
  live: '实时', old: '画面滞后', cut: '断线', connecting: '连接中', picture: '画面', updated: '前更新', agoBefore: '', agoAfter: '前',
  cutBanner: '断线:收不到网关数据,以下画面已停住,不代表现状。', cutSince: '画面停在', cutFor: '已断', retrying: '正在自动重连。请同时用电话、电台核实。',
  oldBanner: '画面滞后:网关超过 12 秒没有任何更新,以下可能不是现状。', oldSince: '最后更新',
  clockOff: '本机时钟与网关相差', impaired: '监视受限', loading: '正在读取态势…', failed: '读不到网关', failedMore: '正在自动重试。', stillReading: '概况读取失败,上次读取于',
  sentenceTitle: '现在怎样', asOf: '截至', filterNone: '全部站点', filterHint: '只看',
  isolated: '失联', onBackup: '已切备用', lastLink: '再无备用', unprotected: '无备用', unknownSites: '状态不明', notTaken: '无人接单', openAlerts: '未结告警',
  alertsTitle: '未结告警', noAlerts: '没有未结告警', edgeTitle: '将要失联', noEdge: '没有站点处于最后一条链路', edgeWhy: '最后一条链路', edgeUnprotected: '主用正常,备用全断',
  resolvedTitle: '近一小时恢复', noResolved: '近一小时没有告警结束', boardTitle: '站点', noSites: '方案中没有站点', otherCounty: '其他', noneMatches: '没有这样的站点',
  since: '起', lasted: '持续', phaseFiring: '未接单', phaseTaken: '已接单', phaseResolved: '已恢复', owner: '首接责任人', improved: '好转未恢复', held: '等待归并,尚未发出', drill: '演练',
  evidence: '证据', folded: '并入本告警', carriedBy: '现由', carries: '承载', next: '下一备用', noNext: '再无备用', noPath: '无自有链路', noCarrier: '无链路承载', hold: '主用稳定观察,切回还有', basisReported: '设备自报', basisInferred: '按心跳推断',
  devices: '设备', heard: '最后收到', never: '从未收到', noMetrics: '无数据', behindSite: '随站点不可达', reachedThrough: '经由', deviceUp: '在线', suspect: '存疑', verdict: '判为',
  missingAlert: '该告警不在未结告警或近一小时恢复之中:', missingSite: '方案中没有该站点:', superseded: '由更严重的告警取代', removed: '已移出方案', restored: '已恢复', endedAt: '结束于',
  footTime: '时间均为北京时间(Asia/Shanghai)', footApi: '接口说明', gatewayClock: '网关时间', more: '条', sitesUnit: '站', over: '超', county: '县区',
  severity: { red: ['红', '紧急'], orange: ['橙', '重要'], yellow: ['黄', '一般'], blue: ['蓝', '提示'] },
  kind: {
    'link-down': '链路中断', 'link-degraded': '链路质量劣化', 'link-flapping': '链路闪断', 'device-down': '设备离线', 'device-flapping': '设备闪断',
    'carrier-outage': '运营商大面积中断', 'access-blind': '中心出口不通', 'shared-cause': '同因多链路中断', 'mains-lost': '市电中断', 'battery-low': '电池将尽', 'area-power': '大面积停电',
    'gateway-blind': '监视失效', 'data-dropped': '数据丢弃', 'certificate-expiry': '证书到期', 'clock-skew': '时钟偏差', 'sensor-stale': '数据过期', 'sensor-stuck': '数据不变',
    'site-unprotected': '站点无备用', 'site-failover': '站点已切备用', 'site-isolated': '站点失联(通信全断)', 'failover-stuck': '应切未切', 'site-dark': '站点全部失联',
    threshold: '超限', 'sensor-suspect': '数据存疑', 'spool-filling': '暂存将满', 'store-unreachable': '存储不可用',
  },
  path: { primary: '主用正常', single: '单链路', unprotected: '无备用', failover: '已切备用', isolated: '失联(通信全断)', unknown: '状态不明', none: '无自有链路' },
  link: { up: '正常', late: '超时未报', down: '中断', unknown: '状态不明', degraded: '质量劣化', flapping: '闪断' },
  device: { up: '在线', late: '超时未报', down: '离线', unknown: '状态不明', unreachable: '随站点不可达', flapping: '闪断' },
  deviceKind: { radio: '电台', repeater: '中继台', 'flood-sensor': '水情测报', 'depot-equipment': '库房设备', ups: '不间断电源', vehicle: '车辆', 'link-agent': '链路探测', other: '其他' },
  bearer: { fibre: '光缆', '5g': '5G', '4g': '4G', satellite: '卫星', microwave: '微波', hf: '短波', vhf: '超短波', mesh: '自组网' },
  verdicts: { gateway: '网关', link: '链路', 'site-power': '站点供电', device: '设备', sensor: '传感器', 'customer-equipment': '用户侧设备' },
  evidenceType: {
    heartbeat: '收到心跳', 'link-heartbeat': '收到链路心跳', via: '有设备经此链路上报', report: '设备报告', status: '设备自报', will: '连接异常断开(遗嘱)', silence: '静默', 'never-heard': '启动以来从未收到',
    'active-link': '设备报告当前承载', 'site-isolated': '所在站点失联', reading: '读数', mains: '市电', restored: '恢复', neighbour: '同站其他设备',
  },
  yes: '通', no: '断', gateway: '网关判定',
  metric: {
    water_level_m: '水位', flow_m3s: '流量', rain_5min_mm: '5 分钟雨量', rain_1h_mm: '1 小时雨量', rain_mm: '雨量', battery_v: '电池电压', battery_pct: '电池电量', rssi_dbm: '信号强度', vswr: '驻波比',
    rtt_ms: '时延', loss_pct: '丢包', temperature_c: '温度', humidity_pct: '湿度', mains: '市电', input_v: '输入电压', load_pct: '负载', runtime_min: '可供电', tx_power_w: '发射功率', channel_busy_pct: '信道占用',
  },
};

const en = {
  htmlLang: 'en', brand: 'Lianqin', place: 'Emergency communications', switchTo: '中文', switchLabel: '切换到中文', skip: 'Skip to alerts',
  live: 'Live', old: 'Old picture', cut: 'Disconnected', connecting: 'Connecting', picture: 'picture', updated: 'ago', agoBefore: '', agoAfter: ' ago',
  cutBanner: 'Disconnected: nothing is coming from the gateway. What you see below has stopped and is not the present state.', cutSince: 'Stopped at', cutFor: 'for', retrying: 'Reconnecting by itself. Verify by phone and radio meanwhile.',
  oldBanner: 'Old picture: nothing has come from the gateway for over 12 s. What you see below may not be the present state.', oldSince: 'Last update',
  clockOff: "This computer's clock differs from the gateway's by", impaired: 'Monitoring is impaired', loading: 'Reading the situation…', failed: 'The gateway cannot be read', failedMore: 'Trying again by itself.', stillReading: 'The summary cannot be read; last read at',
  sentenceTitle: 'How it stands', asOf: 'As of', filterNone: 'all sites', filterHint: 'Only',
  isolated: 'isolated', onBackup: 'on backup', lastLink: 'no further backup', unprotected: 'unprotected', unknownSites: 'unknown', notTaken: 'not taken', openAlerts: 'open alerts',
  alertsTitle: 'Open alerts', noAlerts: 'No open alerts', edgeTitle: 'About to go dark', noEdge: 'No site is on its last link', edgeWhy: 'on its last link', edgeUnprotected: 'preferred link works, every backup is down',
  resolvedTitle: 'Ended in the last hour', noResolved: 'No alert ended in the last hour', boardTitle: 'Sites', noSites: 'The arrangement has no sites', otherCounty: 'Other', noneMatches: 'No such site',
  since: 'since', lasted: 'lasted', phaseFiring: 'not taken', phaseTaken: 'taken', phaseResolved: 'resolved', owner: 'owner', improved: 'better, not restored', held: 'held, not told yet', drill: 'DRILL',
  evidence: 'Evidence', folded: 'folded into this', carriedBy: 'Carried by', carries: 'carries', next: 'next', noNext: 'no further backup', noPath: 'no links of its own', noCarrier: 'no link carries it', hold: 'preferred link on watch, back in', basisReported: 'reported by the site', basisInferred: 'inferred from heartbeats',
  devices: 'Devices', heard: 'heard', never: 'never heard', noMetrics: 'no data', behindSite: 'unreachable with its site', reachedThrough: 'through', deviceUp: 'up', suspect: 'suspect', verdict: 'put down to',
  missingAlert: 'This alert is neither open nor did it end within the last hour:', missingSite: 'The arrangement has no such site:', superseded: 'superseded by a worse one', removed: 'left the arrangement', restored: 'restored', endedAt: 'ended',
  footTime: 'All times are Beijing time (Asia/Shanghai)', footApi: 'API', gatewayClock: 'Gateway time', more: '', sitesUnit: '', over: 'over', county: 'County',
  severity: { red: ['Red', 'urgent'], orange: ['Orange', 'important'], yellow: ['Yellow', 'ordinary'], blue: ['Blue', 'notice'] },
  kind: {
    'link-down': 'Link down', 'link-degraded': 'Link degraded', 'link-flapping': 'Link flapping', 'device-down': 'Device down', 'device-flapping': 'Device flapping',
    'carrier-outage': 'Carrier outage', 'access-blind': 'Centre does not reach the carrier', 'shared-cause': 'Shared cause', 'mains-lost': 'Mains lost', 'battery-low': 'Battery low', 'area-power': 'Area without power',
    'gateway-blind': 'Gateway blind', 'data-dropped': 'Data dropped', 'certificate-expiry': 'Certificate expires', 'clock-skew': 'Clock wrong', 'sensor-stale': 'Data stale', 'sensor-stuck': 'Data stuck',
    'site-unprotected': 'Site unprotected', 'site-failover': 'Site on backup', 'site-isolated': 'Site isolated', 'failover-stuck': 'Failover stuck', 'site-dark': 'Site dark',
    threshold: 'Level exceeded', 'sensor-suspect': 'Sensor suspect', 'spool-filling': 'Spool filling', 'store-unreachable': 'Store unreachable',
  },
  path: { primary: 'primary', single: 'single link', unprotected: 'unprotected', failover: 'on backup', isolated: 'isolated', unknown: 'unknown', none: 'no links of its own' },
  link: { up: 'up', late: 'late', down: 'down', unknown: 'unknown', degraded: 'degraded', flapping: 'flapping' },
  device: { up: 'up', late: 'late', down: 'down', unknown: 'unknown', unreachable: 'unreachable with its site', flapping: 'flapping' },
  deviceKind: { radio: 'radio', repeater: 'repeater', 'flood-sensor': 'flood sensor', 'depot-equipment': 'depot equipment', ups: 'UPS', vehicle: 'vehicle', 'link-agent': 'link agent', other: 'other' },
  bearer: { fibre: 'fibre', '5g': '5G', '4g': '4G', satellite: 'satellite', microwave: 'microwave', hf: 'HF', vhf: 'VHF', mesh: 'mesh' },
  verdicts: { gateway: 'the gateway', link: 'the link', 'site-power': 'site power', device: 'the device', sensor: 'the sensor', 'customer-equipment': 'customer-side equipment' },
  evidenceType: {
    heartbeat: 'heartbeat', 'link-heartbeat': 'link heartbeat', via: 'heard over this link', report: 'reported', status: 'said of itself', will: 'connection lost (Will)', silence: 'silent for', 'never-heard': 'never heard since the start',
    'active-link': 'reports as carrying', 'site-isolated': 'its site is isolated', reading: 'reading', mains: 'mains', restored: 'restored', neighbour: 'another device of the site',
  },
  yes: 'up', no: 'down', gateway: 'the gateway',
  metric: {
    water_level_m: 'water level', flow_m3s: 'flow', rain_5min_mm: 'rain, 5 min', rain_1h_mm: 'rain, 1 h', rain_mm: 'rain', battery_v: 'battery', battery_pct: 'battery', rssi_dbm: 'signal', vswr: 'VSWR',
    rtt_ms: 'round trip', loss_pct: 'loss', temperature_c: 'temperature', humidity_pct: 'humidity', mains: 'mains', input_v: 'input', load_pct: 'load', runtime_min: 'runtime', tx_power_w: 'transmit power', channel_busy_pct: 'channel busy',
  },
};

const ALL = { zh, en };
let current = 'zh';

/** `?lang=` wins, then what was chosen last on this machine, then Chinese. */
export function chooseLanguage() {
  const asked = new URLSearchParams(location.search).get('lang') ?? remembered();
  setLanguage(asked === 'en' ? 'en' : 'zh');
}
export function setLanguage(chosen) {
  current = chosen;
  document.documentElement.lang = ALL[chosen].htmlLang;
  try { localStorage.setItem('lianqin.lang', chosen); } catch { /* private mode: the choice lasts as long as the page */ }
}
function remembered() {
  try { return localStorage.getItem('lianqin.lang'); } catch { return null; }
}
export const language = () => current;
/** The words of the chosen language. */
export const words = () => ALL[current];
/** A bilingual text in the chosen language. */
export const say = (text) => text?.[current] ?? '';
/** A word of a table, or the bare term where a newer gateway says something that this page does not know. */
export const term = (table, name) => words()[table][name] ?? name;
