/** The facts that a state rests on, newest last, as they are shown beside it. */
import type { Evidence } from '../model/evidence.ts';
import type { DeviceState, LinkState } from './subjects.ts';

export function deviceEvidence(state: DeviceState): readonly Evidence[] {
  const { life, device } = state;
  const heard: Evidence = life.lastHeard === null
    ? { type: 'never-heard', at: life.since, value: null, source: device.id }
    : { type: 'heartbeat', at: life.lastHeard, value: state.via, source: device.id };
  const more: Evidence[] = [heard];
  if (state.offlineBy !== null) more.push({ type: state.offlineBy === 'will' ? 'will' : 'status', at: state.since, value: 'offline', source: device.id });
  if (state.is === 'down' || state.is === 'late') more.push({ type: 'silence', at: state.since, value: device.timing.deadInterval, source: 'gateway' });
  if (state.behind !== null) more.push({ type: 'site-isolated', at: state.since, value: state.behind, source: 'gateway' });
  return more;
}

export function linkEvidence(state: LinkState): readonly Evidence[] {
  const { life, link, report } = state;
  const heard: Evidence = life.lastHeard === null
    ? { type: 'never-heard', at: life.since, value: null, source: link.id }
    : { type: state.provedBy === null ? 'link-heartbeat' : 'via', at: life.lastHeard, value: null, source: state.provedBy ?? link.id };
  const more: Evidence[] = [heard];
  if (report !== null) more.push({ type: 'report', at: report.wall, value: report.up, source: report.by });
  if (state.is === 'down' || state.is === 'late') more.push({ type: 'silence', at: state.since, value: link.timing.deadInterval, source: 'gateway' });
  return more;
}
