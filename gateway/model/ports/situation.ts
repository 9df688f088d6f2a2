/** What the API, the page and the broker may read of the situation. Implemented by views/ over the engine. */
import type { AlertResource, DeviceResource, GapResource, LinkResource, PathResource, SiteResource, Summary } from '../resource.ts';

export interface Situation {
  sites(): readonly SiteResource[];
  links(): readonly LinkResource[];
  devices(): readonly DeviceResource[];
  paths(): readonly PathResource[];
  /** Open ones, newest first within severity; `all` adds the resolved ones still held (the last 1,000). */
  alerts(phase: 'open' | 'all'): readonly AlertResource[];
  site(id: string): SiteResource | undefined;
  link(id: string): LinkResource | undefined;
  device(id: string): DeviceResource | undefined;
  path(site: string): PathResource | undefined;
  alert(id: string): AlertResource | undefined;
  /** The last two days of a device, hour by hour, oldest first. */
  gaps(device: string): readonly GapResource[] | undefined;
  summary(): Summary;
}

export type ChangeType = 'device' | 'link' | 'path' | 'alert';
export interface Change {
  /** Opaque, unique, ordered within one run: `<run>-<number>`. */
  readonly position: string;
  readonly type: ChangeType;
  readonly id: string;
  readonly resource: DeviceResource | LinkResource | PathResource | AlertResource;
}
/** Changes of the situation in order. Holds the last 10,000 for resuming readers. */
export interface ChangeFeed {
  /** Calls `listener` for each change after `after`; `resumed` is false where `after` is unknown or too old, and the reader must be sent everything anew. */
  follow(after: string | null, listener: (change: Change) => void): { readonly resumed: boolean; readonly position: string; stop(): void };
}
