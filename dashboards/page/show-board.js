// The board of sites by county: which link carries each now and next, its links, and its devices in a fold.
import { h } from './dom.js';
import { agencyName, deviceState, evidenceList, linkName, linkState, metricValue, pathBadge, pathTone, siteName } from './show-names.js';
import { age, countdown, moment } from './show-time.js';
import { say, term, words } from './words.js';

export const FILTERS = {
  isolated: (path) => path?.is === 'isolated',
  onBackup: (path) => path?.is === 'failover',
  lastLink: (path) => path?.is === 'failover' && path.next === null,
  unprotected: (path) => path?.is === 'unprotected',
  unknownSites: (path) => path?.is === 'unknown',
};

/** `unfolded` holds the ids of the sites whose devices are shown. */
export function board(picture, filter, unfolded) {
  const w = words();
  const test = filter === null ? () => true : FILTERS[filter];
  const shown = picture.sites.filter((site) => test(picture.paths.get(site.id)));
  const counties = [...Map.groupBy(shown, (site) => site.county ?? '')].sort(([a], [b]) => Number(a === '') - Number(b === ''));
  return [
    h('h2', {}, w.boardTitle, ' ', h('span', { class: 'count' }, String(picture.sites.length)),
      filter === null ? null : h('a', { class: 'filter', href: '#board', 'data-filter': '' }, `${w.filterHint} ${w[filter]} ✕`)),
    picture.sites.length === 0 ? h('p', { class: 'empty' }, w.noSites) : shown.length === 0 ? h('p', { class: 'empty' }, w.noneMatches) : null,
    counties.map(([county, sites]) => h('div', { key: county, class: 'county' },
      counties.length === 1 && county === '' ? null : h('h3', {}, county === '' ? w.otherCounty : agencyName(picture, county)),
      h('ul', { class: 'sites' }, sites.map((site) => siteCard(picture, site, unfolded))))),
  ];
}

function siteCard(picture, site, unfolded) {
  const w = words();
  const path = picture.paths.get(site.id) ?? null;
  const is = path?.is ?? 'none';
  return h('li', { key: site.id, id: `site/${site.id}`, tabindex: '-1', class: `site ${pathTone(is)}` },
    h('div', { class: 'site-head' }, h('h4', {}, say(site.name)), pathBadge(is)),
    site.reachedThrough === null ? null : h('p', { class: 'quiet' }, `${w.reachedThrough} ${siteName(picture, site.reachedThrough)}`),
    path === null ? null : carriage(picture, path),
    site.links.length === 0 ? null : h('ul', { class: 'links' }, site.links.map((id) => linkRow(picture, id, path))),
    site.devices.length === 0 ? null : devices(picture, site, unfolded));
}

function carriage(picture, path) {
  const w = words();
  const next = path.next === null ? (path.is === 'single' ? null : h('b', { class: path.is === 'failover' || path.is === 'unprotected' ? 'warn' : '' }, w.noNext)) : [`${w.next} `, linkName(picture, path.next)];
  return [
    h('p', { key: 'carriage', class: 'carriage' },
      path.carries === null ? h('span', {}, w.noCarrier) : h('span', {}, `${w.carriedBy} `, h('b', {}, linkName(picture, path.carries)), ` ${carriesSuffix()}`),
      path.carries === null || next === null ? null : h('span', {}, ' → ', next)),
    path.holdUntil === null ? null : h('p', { key: 'hold', class: 'hold' }, `${w.hold} `, countdown(path.holdUntil)),
    h('p', { key: 'since', class: 'quiet' }, moment(path.since), ` ${w.since} · `, age(path.since), ` · ${path.basis === 'reported' ? w.basisReported : w.basisInferred}`),
  ];
}

const carriesSuffix = () => (words().carriedBy === '现由' ? words().carries : '');

function linkRow(picture, id, path) {
  const w = words();
  const link = picture.links.get(id);
  if (link === undefined) return h('li', { key: id }, id);
  const carries = path?.carries === id;
  return h('li', { key: id, class: carries ? 'carries' : '' },
    h('span', { class: 'link-name' }, h('span', { class: 'priority' }, String(link.priority)), say(link.name), carries ? h('span', { class: 'mark' }, w.carries) : null,
      h('span', { class: 'quiet' }, ` ${agencyName(picture, link.carrier)} · ${term('bearer', link.bearer)}${link.circuit === null ? '' : ` · ${link.circuit}`}`)),
    h('span', { class: 'link-state' }, linkState(link), h('span', { class: 'quiet' }, heard(link.state.lastHeard))));
}

/** ` · 3 秒前` / ` · 3 s ago` */
function heard(at) {
  const w = words();
  return at === null ? ` · ${w.never}` : [' · ', age(at), w.agoAfter];
}

function devices(picture, site, unfolded) {
  const w = words();
  const all = site.devices.map((id) => picture.devices.get(id)).filter((device) => device !== undefined);
  const counts = Map.groupBy(all, (device) => device.state.is);
  const tally = [...counts].map(([is, some]) => `${term('device', is)} ${some.length}`).join(' · ');
  const shown = unfolded.has(site.id);
  return h('details', { key: 'devices', 'data-devices': site.id, open: shown },
    h('summary', {}, `${w.devices} ${all.length}`, h('span', { class: 'quiet' }, ` ${tally}`)),
    shown ? h('ul', { class: 'devices' }, all.map((device) => deviceRow(picture, device))) : null);
}

function deviceRow(picture, device) {
  const w = words();
  const metrics = Object.entries(device.metrics);
  return h('li', { key: device.id, id: `device/${device.id}`, tabindex: '-1' },
    h('div', { class: 'device-head' }, h('span', {}, h('b', {}, say(device.name)), h('span', { class: 'quiet' }, ` ${term('deviceKind', device.kind)}`)),
      h('span', {}, deviceState(device), h('span', { class: 'quiet' }, heard(device.state.lastHeard)))),
    h('p', { class: 'metrics' }, metrics.length === 0 ? h('span', { class: 'quiet' }, w.noMetrics) : metrics.map(([name, metric]) => metricValue(name, metric))),
    device.state.is === 'down' ? evidenceList(picture, device.state.evidence) : null);
}
