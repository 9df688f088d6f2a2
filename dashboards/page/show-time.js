// Times are shown in Asia/Shanghai with seconds; ages tick once a second by the gateway's clock, not by this machine's.
import { h } from './dom.js';
import { language } from './words.js';

const day = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai', dateStyle: 'short' });
const clock = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai', timeStyle: 'medium' });

let now = Date.now();
/** The gateway's time that everything on the page is measured against. */
export const setNow = (ms) => { now = ms; };
export const gatewayNow = () => now;

/** `03:12:05`, with the date where it is another day. */
export function timeText(ms) {
  return day.format(ms) === day.format(now) ? clock.format(ms) : `${day.format(ms).slice(5)} ${clock.format(ms)}`;
}

/** `12 分 05 秒` / `12 min 05 s`. */
export function durationText(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (number) => String(number).padStart(2, '0');
  const [d, hr, m, s] = language() === 'zh' ? ['天', '小时', '分', '秒'] : ['d', 'h', 'min', 's'];
  if (seconds < 60) return `${seconds} ${s}`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} ${m} ${two(seconds % 60)} ${s}`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} ${hr} ${two(Math.floor(seconds / 60) % 60)} ${m}`;
  return `${Math.floor(seconds / 86_400)} ${d} ${Math.floor(seconds / 3600) % 24} ${hr}`;
}

export function countdownText(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`;
}

export const moment = (ms) => h('time', { datetime: new Date(ms).toISOString() }, timeText(ms));
/** How long ago `ms` was; ticks. */
export const age = (ms) => h('time', { class: 'tick', datetime: new Date(ms).toISOString(), 'data-since': ms }, durationText(now - ms));
/** How long until `ms`; ticks. */
export const countdown = (ms) => h('time', { class: 'tick', datetime: new Date(ms).toISOString(), 'data-until': ms }, countdownText(ms - now));

/** Moves every age and countdown on the page; called once a second. */
export function tick() {
  for (const node of document.querySelectorAll('[data-since]')) setText(node, durationText(now - Number(node.dataset.since)));
  for (const node of document.querySelectorAll('[data-until]')) setText(node, countdownText(Number(node.dataset.until) - now));
}

function setText(node, text) {
  if (node.firstChild !== null && node.firstChild.data !== text) node.firstChild.data = text;
}
