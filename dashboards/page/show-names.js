// Names, states and values as a person reads them.
import { h } from './dom.js';
import { say, term, words } from './words.js';
import { durationText, timeText } from './show-time.js';

const SHAPES = { primary: '●', single: '●', unprotected: '◐', failover: '⇄', isolated: '✕', unknown: '?', none: '–' };
/** Which tone of colour goes with a word; the word itself always stands beside it. */
const PATH_TONE = { primary: 'good', single: 'good', unprotected: 'warn', failover: 'warn', isolated: 'bad', unknown: 'dim', none: 'dim' };
const STATE_TONE = { up: 'good', late: 'warn', down: 'bad', unknown: 'dim', unreachable: 'dim' };

export const siteName = (picture, id) => say(picture.sites.find((site) => site.id === id)?.name) || id;
export const linkName = (picture, id) => say(picture.links.get(id)?.name) || id;
export const agencyName = (picture, id) => say(picture.agencies.get(id)?.name) || id;

export function anyName(picture, id) {
  const found = picture.devices.get(id) ?? picture.links.get(id) ?? picture.sites.find((site) => site.id === id);
  return id === 'gateway' ? words().gateway : say(found?.name) || id;
}

/** The severity in colour, in a word and in what it means. */
export function severityBadge(severity) {
  const [colour, urgency] = words().severity[severity] ?? [severity, ''];
  return h('span', { class: `badge severity ${severity}` }, h('b', {}, colour), ' ', urgency);
}

export function pathBadge(is) {
  return h('span', { class: `badge path ${PATH_TONE[is] ?? 'dim'}` }, h('span', { 'aria-hidden': 'true' }, SHAPES[is] ?? '?'), ' ', term('path', is));
}
export const pathTone = (is) => PATH_TONE[is] ?? 'dim';

export function linkState({ state }) {
  const parts = [state.is === 'up' && state.health === 'degraded' ? h('span', { class: 'state warn' }, words().link.degraded) : h('span', { class: `state ${STATE_TONE[state.is] ?? 'dim'}` }, term('link', state.is))];
  if (state.flapping) parts.push(' ', h('span', { class: 'state warn' }, words().link.flapping));
  return parts;
}

export function deviceState({ state }) {
  const parts = [h('span', { class: `state ${STATE_TONE[state.is] ?? 'dim'}` }, term('device', state.is))];
  if (state.flapping) parts.push(' ', h('span', { class: 'state warn' }, words().device.flapping));
  if (state.verdict !== null && state.is === 'down') parts.push(' ', h('span', { class: 'quiet' }, `${words().verdict} ${term('verdicts', state.verdict)}`));
  return parts;
}

export function metricValue(name, { value, unit, quality }) {
  const text = name === 'mains' ? (value === 0 ? words().no : words().yes) : `${Number(value.toFixed(3))}${unit === '' ? '' : ` ${unit}`}`;
  return h('span', { key: name, class: 'metric' }, `${term('metric', name)} `, h('b', {}, text), quality === 'suspect' ? h('span', { class: 'state warn' }, ` ${words().suspect}`) : null);
}

/** One line for each fact: when, what, and who saw it. */
export function evidenceList(picture, evidence) {
  return h('ul', { class: 'evidence' }, evidence.map(({ at, type, value, source }, place) =>
    h('li', { key: `${place}` }, h('time', { datetime: new Date(at).toISOString() }, timeText(at)), ' ', `${term('evidenceType', type)}${evidenceValue(picture, type, value)}`, h('span', { class: 'quiet' }, ` ${anyName(picture, source)}`))));
}

function evidenceValue(picture, type, value) {
  if (value === null) return '';
  if (type === 'silence' && typeof value === 'number') return ` ${durationText(value)}`;
  if (typeof value === 'boolean') return ` ${value ? words().yes : words().no}`;
  return ` ${typeof value === 'string' ? anyName(picture, value) : value}`;
}
