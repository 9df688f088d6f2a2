/** What a signed-in MQTT client may do: publish for its own, read what it needs, under a client id of its own. */
import { deviceHeartbeatTopic, deviceStateTopic, deviceStatusTopic, linkHeartbeatTopic, linkStateTopic, ROOT } from '../model/topics.ts';
import type { CredentialView } from './credential.ts';

export interface MqttPrincipal {
  /** The credential's id; null for whoever comes from this machine without one. */
  readonly credential: string | null;
  mayClaim(clientId: string): boolean;
  mayPublish(topic: string): boolean;
  /** Whether a subscription with this filter is granted at all. */
  maySubscribe(filter: string): boolean;
  /** Whether a message on this topic may be handed over: asked for each one, whatever was subscribed to. */
  mayReceive(topic: string): boolean;
}
/** Who somebody is; null: nobody that we know. */
export interface MqttAccess {
  signIn(attempt: SignInAttempt): MqttPrincipal | null;
}
export interface SignInAttempt {
  readonly username: string | null;
  readonly password: string | null;
  readonly loopback: boolean;
  /** Common name of a client certificate that the TLS layer has checked against our client CA. */
  readonly certificateName: string | null;
}

const always = (): boolean => true;
/** Only from this machine, and only where `mqtt.anonymousLoopback` says so. Publishes for everybody, reads everything. */
export const ANYBODY_HERE: MqttPrincipal = { credential: null, mayClaim: always, mayPublish: always, maySubscribe: always, mayReceive: always };

/** By contract: a device its own topics and state, a link agent its links', an edge those it is for, a panel all state and alerts. */
export function principalOf(credential: CredentialView): MqttPrincipal {
  const { id, kind, devices, links } = credential;
  const own = new Set([...devices.flatMap((device) => [deviceHeartbeatTopic(device), deviceStatusTopic(device)]), ...links.map(linkHeartbeatTopic)]);
  const readable = new Set([...devices.map(deviceStateTopic), ...links.map(linkStateTopic)]);
  const everything = kind === 'edge' && devices.length === 0 && links.length === 0;
  const prefixes = kind === 'panel' ? [`${ROOT}/state/`, `${ROOT}/alerts/`] : everything ? [`${ROOT}/state/`] : [];
  const mayReceive = (topic: string): boolean => readable.has(topic) || prefixes.some((prefix) => topic.startsWith(prefix));
  return {
    credential: id,
    mayClaim: (clientId) => clientId === id || clientId.startsWith(`${id}/`),
    mayPublish: (topic) => own.has(topic) || (everything && (topic.startsWith(`${ROOT}/devices/`) || topic.startsWith(`${ROOT}/links/`))),
    // A filter with wildcards is granted only below a prefix that is open as a whole.
    maySubscribe: (filter) => readable.has(filter) || prefixes.some((prefix) => filter.startsWith(prefix)),
    mayReceive,
  };
}
