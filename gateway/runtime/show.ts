/** Publishes what changed: to the event stream, and as retained MQTT state. */
import type { Change as Changed } from '../engine/effect.ts';
import type { Change, Situation } from '../model/ports/situation.ts';
import type { AlertResource } from '../model/resource.ts';
import { alertTopic, deviceStateTopic, linkStateTopic, pathStateTopic } from '../model/topics.ts';

export interface RetainedState {
  /** Null deletes what is retained under the topic. */
  publishRetained(topic: string, payload: string | null): void;
  publish(topic: string, payload: string): void;
}

/** Where changes go for the event stream. */
export interface ChangeSink { publish(change: Omit<Change, 'position'>): void }

export function shower(situation: Situation, feed: ChangeSink, retained: RetainedState): (changed: Changed) => void {
  const alert = (resource: AlertResource): void => {
    const topic = alertTopic(resource.id);
    if (resource.phase !== 'resolved') return retained.publishRetained(topic, JSON.stringify(resource));
    // Subscribers see how it ended, and nobody who comes later finds it.
    retained.publish(topic, JSON.stringify(resource));
    retained.publishRetained(topic, null);
  };
  return ({ type, id }) => {
    switch (type) {
      case 'device': {
        const resource = situation.device(id);
        retained.publishRetained(deviceStateTopic(id), resource === undefined ? null : JSON.stringify(resource.state));
        if (resource !== undefined) feed.publish({ type, id, resource });
        break;
      }
      case 'link': {
        const resource = situation.link(id);
        retained.publishRetained(linkStateTopic(id), resource === undefined ? null : JSON.stringify(resource.state));
        if (resource !== undefined) feed.publish({ type, id, resource });
        break;
      }
      case 'path': {
        const resource = situation.path(id);
        retained.publishRetained(pathStateTopic(id), resource === undefined ? null : JSON.stringify(resource));
        if (resource !== undefined) feed.publish({ type, id, resource });
        break;
      }
      case 'alert': {
        const resource = situation.alert(id);
        if (resource === undefined) return;
        alert(resource);
        feed.publish({ type, id, resource });
        break;
      }
    }
  };
}

/** Everything as it stands: what is retained begins empty at each start. */
export function showAll(situation: Situation, show: (changed: Changed) => void): void {
  for (const { id } of situation.devices()) show({ type: 'device', id });
  for (const { id } of situation.links()) show({ type: 'link', id });
  for (const { site } of situation.paths()) show({ type: 'path', id: site });
  for (const { id } of situation.alerts('open')) show({ type: 'alert', id });
}
