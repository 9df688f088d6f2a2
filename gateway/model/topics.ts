/** Topic names of contract v1 (docs/mqtt.md). */
export const ROOT = 'lianqin/v1';
export const deviceHeartbeatTopic = (id: string): string => `${ROOT}/devices/${id}/heartbeat`;
export const deviceStatusTopic = (id: string): string => `${ROOT}/devices/${id}/status`;
export const linkHeartbeatTopic = (id: string): string => `${ROOT}/links/${id}/heartbeat`;
export const deviceStateTopic = (id: string): string => `${ROOT}/state/devices/${id}`;
export const linkStateTopic = (id: string): string => `${ROOT}/state/links/${id}`;
export const pathStateTopic = (site: string): string => `${ROOT}/state/paths/${site}`;
export const alertTopic = (id: string): string => `${ROOT}/alerts/${id}`;
