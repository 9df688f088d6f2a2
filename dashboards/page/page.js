// The page of the duty officer: whether the picture can be believed, the sentence, the alerts, the board of sites.
import { h, render } from './dom.js';
import { Picture } from './picture.js';
import { edgeSites, openAlerts, resolvedAlerts } from './show-alerts.js';
import { board, FILTERS } from './show-board.js';
import { durationText, moment, setNow, tick, timeText } from './show-time.js';
import { chooseLanguage, language, say, setLanguage, words } from './words.js';

/** At most this often is the page built anew, however much changes. */
const REFRESH_MS = 250;
const SKEW_SHOWN_MS = 5000;

const part = (id) => document.getElementById(id);
const picture = new Picture(soon);
const unfolded = new Set();
let filter = null;
let refreshing = null;
let revealed = null;
let believed = '';

function soon() {
  refreshing ??= setTimeout(() => { refreshing = null; refresh(); }, REFRESH_MS);
}

function refresh() {
  const { belief } = picture;
  believed = belief;
  setNow(picture.now);
  document.body.dataset.belief = belief;
  document.title = titleText(belief);
  render(part('skip'), words().skip);
  render(part('head'), head(belief));
  render(part('banner'), banner(belief));
  render(part('now'), sentence());
  if (picture.ready) {
    render(part('alerts'), openAlerts(picture));
    render(part('edge'), edgeSites(picture));
    render(part('resolved'), resolvedAlerts(picture));
    render(part('board'), board(picture, filter, unfolded));
    reveal();
  }
  render(part('foot'), foot());
}

function head(belief) {
  const w = words();
  return [
    h('h1', {}, w.brand, h('span', {}, w.place)),
    h('p', { class: `belief ${belief}` }, h('span', { class: 'dot', 'aria-hidden': 'true' }), h('b', {}, w[belief]), h('span', { id: 'age' }, ageText())),
    h('p', { class: 'clock' }, h('span', { class: 'quiet' }, `${w.gatewayClock} `), h('span', { id: 'clock' }, picture.gatewayAt === null ? '--:--:--' : timeText(picture.now))),
    h('button', { type: 'button', class: 'language', lang: language() === 'zh' ? 'en' : 'zh-CN', 'aria-label': w.switchLabel, onclick: switchLanguage }, w.switchTo),
  ];
}

function ageText() {
  const w = words();
  if (picture.heardAt === null) return '';
  const silent = durationText(Date.now() - picture.heardAt);
  return `${w.picture} ${silent}${w.agoAfter}`;
}

function banner(belief) {
  const w = words();
  const banners = [];
  if (belief === 'cut') {
    banners.push(h('div', { key: 'cut', class: 'loud' }, h('b', {}, picture.heardAt === null ? w.failed : w.cutBanner),
      picture.heardAt === null ? null : h('span', {}, ` ${w.cutSince} `, moment(picture.gatewayAt), ` ${w.cutFor} `, h('span', { id: 'cut-for' }, durationText(Date.now() - picture.heardAt)), language() === 'en' ? '.' : '。'),
      h('span', {}, ` ${picture.heardAt === null ? w.failedMore : w.retrying}`)));
  }
  if (belief === 'old') banners.push(h('div', { key: 'old', class: 'loud old' }, h('b', {}, w.oldBanner)));
  if (picture.connected && picture.failed) banners.push(h('div', { key: 'failed', class: 'loud old' }, h('b', {}, `${w.failed}: ${picture.failed}`), ` ${w.failedMore}`));
  if (Math.abs(picture.clockOffset) > SKEW_SHOWN_MS) banners.push(h('div', { key: 'skew', class: 'note' }, `${w.clockOff} ${durationText(Math.abs(picture.clockOffset))}`));
  for (const text of picture.summary?.impaired ?? []) banners.push(h('div', { key: text.en, class: 'loud old' }, h('b', {}, `${w.impaired}: `), say(text)));
  return banners;
}

function sentence() {
  const w = words();
  const { summary } = picture;
  if (summary === null) return h('p', { class: 'empty' }, picture.summaryFailed === null ? w.loading : `${w.failed}: ${picture.summaryFailed}`);
  const figures = { isolated: summary.sitesIsolated, onBackup: summary.sitesOnBackup, lastLink: summary.sitesOnLastLink, unprotected: summary.sitesUnprotected, unknownSites: summary.sitesUnknown };
  return [
    h('h2', { class: 'visually-hidden' }, w.sentenceTitle),
    h('p', { class: 'sentence' }, say(summary.sentence)),
    picture.summaryFailed === null ? null : h('p', { class: 'note' }, `${w.stillReading} ${timeText(summary.at)} (${picture.summaryFailed})`),
    h('nav', { class: 'figures', 'aria-label': w.sentenceTitle },
      h('a', { key: 'open', href: '#alerts', class: summary.openAlerts > 0 ? 'some' : 'none' }, h('b', {}, String(summary.openAlerts)), w.openAlerts),
      h('a', { key: 'notTaken', href: '#alerts', class: summary.notTaken > 0 ? 'some' : 'none' }, h('b', {}, String(summary.notTaken)), w.notTaken),
      Object.entries(figures).map(([name, sites]) => h('a', {
        key: name, href: '#board', 'data-filter': name, 'aria-current': filter === name ? 'true' : null, class: sites.length > 0 ? (name === 'isolated' ? 'some bad' : 'some') : 'none',
      }, h('b', {}, String(sites.length)), w[name]))),
  ];
}

function foot() {
  const w = words();
  return [h('span', {}, w.footTime), ' · ', h('a', { href: '/api/docs' }, w.footApi)];
}

function titleText(belief) {
  const w = words();
  const open = [...picture.alerts.values()].filter((alert) => alert.phase !== 'resolved' && alert.parent === null);
  const counts = ['red', 'orange'].map((severity) => [severity, open.filter((alert) => alert.severity === severity).length]).filter(([, count]) => count > 0);
  const worst = counts.map(([severity, count]) => `${w.severity[severity][0]}${count}`).join(' ');
  return [belief === 'live' ? '' : w[belief], worst, `${w.brand}${language() === 'zh' ? ' Lianqin' : ''}`].filter((text) => text !== '').join(' · ');
}

function switchLanguage() {
  setLanguage(language() === 'zh' ? 'en' : 'zh');
  const url = new URL(location.href);
  if (url.searchParams.has('lang')) {
    url.searchParams.set('lang', language());
    history.replaceState(null, '', url);
  }
  refresh();
}

/** Brings what the fragment names into view, once it is there: `#site/flood-depot`, `#alert/a-12`, `#device/...`. */
function reveal() {
  const wanted = decodeURIComponent(location.hash.slice(1));
  if (wanted === revealed || !/^(site|alert|device)\//.test(wanted)) return;
  revealed = wanted;
  const [type, id] = [wanted.slice(0, wanted.indexOf('/')), wanted.slice(wanted.indexOf('/') + 1)];
  if (type === 'device') unfoldDevice(id);
  const node = part(wanted);
  for (const marked of document.querySelectorAll('.revealed')) marked.classList.remove('revealed');
  if (node === null) return missing(type, id);
  for (let fold = node.closest('details'); fold !== null; fold = fold.parentElement.closest('details')) fold.open = true;
  node.scrollIntoView({ block: 'center' });
  node.focus({ preventScroll: true });
}

function unfoldDevice(id) {
  const site = picture.devices.get(id)?.site;
  if (site === undefined) return;
  unfolded.add(site);
  render(part('board'), board(picture, filter = null, unfolded));
}

function missing(type, id) {
  const w = words();
  render(part('banner'), [...banner(picture.belief), h('div', { key: 'missing', class: 'note' }, `${type === 'alert' ? w.missingAlert : w.missingSite} ${id}`)]);
}

/** Once a second: every age, the age of the picture, and whether it can still be believed. */
function second() {
  setNow(picture.now);
  tick();
  const age = part('age');
  if (age !== null) age.textContent = ageText();
  const clock = part('clock');
  if (clock !== null && picture.gatewayAt !== null) clock.textContent = timeText(picture.now);
  const cutFor = part('cut-for');
  if (cutFor !== null) cutFor.textContent = durationText(Date.now() - picture.heardAt);
  if (picture.belief !== believed) refresh();
}

document.addEventListener('click', (event) => {
  const link = event.target.closest?.('[data-filter]');
  if (link === null || link === undefined) return;
  const asked = link.dataset.filter;
  filter = asked in FILTERS && asked !== filter ? asked : null;
  refresh();
});
document.addEventListener('toggle', (event) => {
  const id = event.target.dataset?.devices;
  if (id === undefined || event.target.open === unfolded.has(id)) return;
  if (event.target.open) unfolded.add(id);
  else unfolded.delete(id);
  refresh();
}, true);
addEventListener('hashchange', () => {
  revealed = null;
  // A site that the filter hides could not be shown.
  if (location.hash.startsWith('#site/')) filter = null;
  refresh();
});

chooseLanguage();
refresh();
picture.start();
setInterval(second, 1000);
