/** Everything that can happen to the engine. Each is plain data, so that a run can be written down and replayed. */
import type { Arrangement } from '../arrangement/arrangement.ts';
import type { LinkReport } from '../model/heartbeat.ts';
import type { AgencyId, DeviceId, LinkId } from '../model/ids.ts';
import type { Bilingual } from '../model/text.ts';
import type { TimelineEntry, TimelineType } from '../model/timeline.ts';
import type { WallTime, Millis } from '../model/time.ts';

/** A validated device heartbeat, before its commit: proof of life, and what it says of links. */
export interface DeviceHeard {
  readonly type: 'device-heard';
  readonly device: DeviceId;
  readonly via: LinkId | null;
  readonly activeLink: LinkId | null;
  readonly links: ReadonlyMap<LinkId, LinkReport>;
}
/** A heartbeat that was here before. It proved its sender alive all the same. */
export interface DeviceRepeated {
  readonly type: 'device-repeated';
  readonly device: DeviceId;
}
export interface LinkHeard {
  readonly type: 'link-heard';
  readonly link: LinkId;
}
/** `offline` by the device itself or by its Will. A Will that our own closing caused never gets here. */
export interface DeviceStatus {
  readonly type: 'device-status';
  readonly device: DeviceId;
  readonly status: 'online' | 'offline';
  readonly will: boolean;
}
export interface Reading {
  readonly metric: string;
  readonly value: number;
  readonly observedAt: WallTime;
  readonly quality: 'ok' | 'suspect';
}
/** The readings of one committed record, oldest first. `position` makes a replay after a restart idempotent. */
export interface DeviceMeasured {
  readonly type: 'device-measured';
  readonly device: DeviceId;
  readonly position: number;
  readonly receivedAt: WallTime;
  /** The device's own time of this message; null where it says none, or brings a backlog. */
  readonly sentAt: WallTime | null;
  readonly readings: readonly Reading[];
  readonly missing: readonly string[];
}
export interface LinkMeasured {
  readonly type: 'link-measured';
  readonly link: LinkId;
  readonly position: number;
  readonly receivedAt: WallTime;
  readonly rtt_ms: number | null;
  readonly loss_pct: number | null;
}
/** The program itself did not run for `ms`: every deadline moves by that much. */
export interface StoodStill {
  readonly type: 'stood-still';
  readonly ms: Millis;
}
/** The wall clock and the monotonic clock parted by `ms` (positive: wall jumped ahead). Noted; moves nothing. */
export interface ClockStepped {
  readonly type: 'clock-stepped';
  readonly ms: Millis;
}
export interface Reloaded {
  readonly type: 'reloaded';
  readonly arrangement: Arrangement;
}
/** Commits began to fail, or work again. While they fail, silence of those we refuse is no evidence. */
export interface StoreTrouble {
  readonly type: 'store-trouble';
  readonly failing: boolean;
  readonly because: string;
}
/** Something of the gateway itself that a person must know, and that ends when it is over. */
export const GATEWAY_CONDITIONS = ['store-unreachable', 'spool-filling', 'data-dropped', 'certificate-expiry'] as const;
export type GatewayCondition = (typeof GATEWAY_CONDITIONS)[number];
export interface ConditionChanged {
  readonly type: 'condition-changed';
  readonly condition: GatewayCondition;
  /** Null: it is over. */
  readonly because: Bilingual | null;
}
/** Somebody did something at the gateway that belongs on the timeline. */
export interface Noted {
  readonly type: 'noted';
  readonly what: TimelineType;
  readonly by: string | null;
  readonly text: Bilingual;
  readonly detail: TimelineEntry['detail'];
}
/** The centre tried one of a carrier's references. */
export interface ReferenceChecked {
  readonly type: 'reference-checked';
  readonly carrier: AgencyId;
  readonly reachable: boolean;
}
/** The centre's own checks, taken together: false while none of them works. */
export interface SelfChecked {
  readonly type: 'self-checked';
  readonly failing: boolean;
}
export interface Stopping { readonly type: 'stopping' }
/** Nothing happened but time; sent when the engine's `wakeAt` has come. */
export interface Tick { readonly type: 'tick' }

export type EngineInput =
  | DeviceHeard | DeviceRepeated | LinkHeard | DeviceStatus | DeviceMeasured | LinkMeasured
  | StoodStill | ClockStepped | Reloaded | StoreTrouble | ConditionChanged | Noted | ReferenceChecked | SelfChecked | Stopping | Tick;
