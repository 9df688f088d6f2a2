// The lists of alerts: open ones by severity with what is folded into them, those about to go dark, and what ended lately.
import { h } from './dom.js';
import { evidenceList, linkName, severityBadge, siteName } from './show-names.js';
import { age, durationText, gatewayNow, moment } from './show-time.js';
import { say, term, words } from './words.js';

const ORDER = ['red', 'orange', 'yellow', 'blue'];
const bySeverity = (a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity) || a.openedAt - b.openedAt;

export function openAlerts(picture) {
  const w = words();
  const open = [...picture.alerts.values()].filter((alert) => alert.phase !== 'resolved').sort(bySeverity);
  const children = Map.groupBy(open.filter((alert) => alert.parent !== null && isOpen(picture, alert.parent)), (alert) => alert.parent);
  const top = open.filter((alert) => alert.parent === null || !isOpen(picture, alert.parent));
  const counts = ORDER.filter((severity) => top.some((alert) => alert.severity === severity))
    .map((severity) => h('span', { key: severity, class: `tally ${severity}` }, `${w.severity[severity][0]} ${top.filter((alert) => alert.severity === severity).length}`));
  return [
    h('h2', {}, w.alertsTitle, ' ', h('span', { class: 'count' }, open.length > 0 ? String(open.length) : ''), counts),
    top.length === 0 ? h('p', { class: 'empty' }, w.noAlerts) : h('ol', { class: 'alerts' }, top.map((alert) => alertItem(picture, alert, children))),
  ];
}

const isOpen = (picture, id) => picture.alerts.get(id) !== undefined && picture.alerts.get(id).phase !== 'resolved';

function alertItem(picture, alert, children) {
  const w = words();
  const folded = children.get(alert.id) ?? [];
  const urgent = alert.severity === 'red' || alert.severity === 'orange';
  return h('li', { key: alert.id, id: `alert/${alert.id}`, tabindex: '-1', class: `alert ${alert.severity}` },
    h('div', { class: 'alert-head' }, severityBadge(alert.severity), h('h3', {}, titleOf(picture, alert)),
      alert.drill ? h('span', { class: 'badge drill' }, w.drill) : null, alert.improved ? h('span', { class: 'badge better' }, w.improved) : null),
    h('p', { class: 'because' }, say(alert.text)),
    h('p', { class: 'meta' },
      h('span', {}, moment(alert.openedAt), ` ${w.since}`), h('span', { class: urgent ? 'strong' : '' }, age(alert.openedAt)),
      h('span', { class: alert.phase === 'firing' ? 'strong' : '' }, phaseText(alert)),
      alert.toldAt === null ? h('span', { class: 'quiet' }, w.held) : null),
    alert.evidence.length === 0 ? null : h('details', { key: 'evidence', open: urgent }, h('summary', {}, `${w.evidence} ${alert.evidence.length}`), evidenceList(picture, alert.evidence)),
    folded.length === 0 ? null : h('details', { key: 'folded', class: 'folded' },
      h('summary', {}, `${w.folded} ${folded.length}`), h('ol', { class: 'alerts' }, folded.map((child) => alertItem(picture, child, children)))));
}

function titleOf(picture, alert) {
  const kind = alert.kind === 'threshold' && alert.level !== null ? `${words().over}${words().over === '超' ? '' : ' '}${alert.level}` : term('kind', alert.kind);
  if (alert.site === null) return kind;
  return [h('a', { href: `#site/${alert.site}` }, siteName(picture, alert.site)), ` · ${kind}`];
}

function phaseText(alert) {
  const w = words();
  if (alert.phase === 'firing') return w.phaseFiring;
  return alert.owner === null ? w.phaseTaken : `${w.phaseTaken} · ${w.owner} ${alert.owner}`;
}

/** Sites that one more fault would cut off: on their last link, or on the preferred one with every backup down. */
export function edgeSites(picture) {
  const w = words();
  const edge = [...picture.paths.values()].filter((path) => (path.is === 'failover' && path.next === null) || path.is === 'unprotected')
    .sort((a, b) => (a.is === b.is ? a.since - b.since : a.is === 'failover' ? -1 : 1));
  return [
    h('h2', {}, w.edgeTitle, ' ', h('span', { class: 'count' }, edge.length > 0 ? String(edge.length) : '')),
    edge.length === 0 ? h('p', { class: 'empty' }, w.noEdge) : h('ol', { class: 'plain' }, edge.map((path) =>
      h('li', { key: path.site }, h('a', { href: `#site/${path.site}` }, siteName(picture, path.site)),
        h('span', { class: 'quiet' }, `${path.is === 'failover' ? w.edgeWhy : w.edgeUnprotected} · ${path.carries === null ? w.noCarrier : linkName(picture, path.carries)}`),
        h('span', {}, age(path.since))))),
  ];
}

export function resolvedAlerts(picture) {
  const w = words();
  const ended = [...picture.alerts.values()].filter((alert) => alert.phase === 'resolved' && gatewayNow() - alert.resolvedAt < 3_600_000).sort((a, b) => b.resolvedAt - a.resolvedAt).slice(0, 50);
  return [
    h('h2', {}, w.resolvedTitle, ' ', h('span', { class: 'count' }, ended.length > 0 ? String(ended.length) : '')),
    ended.length === 0 ? h('p', { class: 'empty' }, w.noResolved) : h('ol', { class: 'plain' }, ended.map((alert) =>
      h('li', { key: alert.id, id: `alert/${alert.id}`, tabindex: '-1' },
        h('span', {}, h('span', { class: 'quiet' }, `${w.severity[alert.severity]?.[0] ?? ''} `), titleOf(picture, alert)),
        h('span', { class: 'quiet' }, moment(alert.resolvedAt), ` ${w[alert.resolution] ?? w.phaseResolved} · ${w.lasted} ${durationText(alert.resolvedAt - alert.openedAt)}`)))),
  ];
}
