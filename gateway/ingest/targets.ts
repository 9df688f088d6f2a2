/** Which device or link of the arrangement a topic speaks of. */
import type { Arrangement } from '../arrangement/arrangement.ts';
import type { DeviceId, LinkId } from '../model/ids.ts';
import { deviceHeartbeatTopic, deviceStatusTopic, linkHeartbeatTopic, ROOT } from '../model/topics.ts';
import type { Duplicates, SeenBy } from './duplicates.ts';

export type Target =
  | { readonly kind: 'd'; readonly id: DeviceId; readonly seen: SeenBy }
  | { readonly kind: 'l'; readonly id: LinkId; readonly seen: SeenBy }
  | { readonly kind: 's'; readonly id: DeviceId };
export type Resolved =
  | Target
  | { readonly kind: 'unknown'; readonly code: 'unknown-device' | 'unknown-link'; readonly id: string }
  /** Nobody outside may publish there. */
  | { readonly kind: 'foreign' };

const FOREIGN: Resolved = { kind: 'foreign' };
const PUBLISHABLE = new RegExp(`^${ROOT}/(?:(devices)/([^/+#\\p{Cc}]{1,128})/(heartbeat|status)|(links)/([^/+#\\p{Cc}]{1,128})/heartbeat)$`, 'u');

/** Topics of known subjects are looked up in one step; the table is as large as the arrangement and is made anew when that changes. */
export class Targets {
  readonly #arrangement: () => Arrangement;
  readonly #duplicates: Duplicates;
  #known = new Map<string, Target>();
  #madeFrom: Arrangement | null = null;

  constructor(arrangement: () => Arrangement, duplicates: Duplicates) {
    this.#arrangement = arrangement;
    this.#duplicates = duplicates;
  }

  resolve(topic: string): Resolved {
    const arrangement = this.#arrangement();
    if (arrangement !== this.#madeFrom) this.#make(arrangement);
    const known = this.#known.get(topic);
    if (known !== undefined) return known;
    const match = PUBLISHABLE.exec(topic);
    if (match === null) return FOREIGN;
    const [, device, deviceId, , , linkId] = match;
    return device === undefined ? { kind: 'unknown', code: 'unknown-link', id: linkId ?? '' } : { kind: 'unknown', code: 'unknown-device', id: deviceId ?? '' };
  }

  device(id: string): Target | undefined { return this.#find(deviceHeartbeatTopic(id)); }
  link(id: string): Target | undefined { return this.#find(linkHeartbeatTopic(id)); }

  #find(topic: string): Target | undefined {
    const found = this.resolve(topic);
    return found.kind === 'd' || found.kind === 'l' || found.kind === 's' ? found : undefined;
  }

  #make(arrangement: Arrangement): void {
    const known = new Map<string, Target>();
    for (const id of arrangement.devices.keys()) {
      known.set(deviceHeartbeatTopic(id), { kind: 'd', id, seen: this.#duplicates.of(`d/${id}`) });
      known.set(deviceStatusTopic(id), { kind: 's', id });
    }
    for (const id of arrangement.links.keys()) known.set(linkHeartbeatTopic(id), { kind: 'l', id, seen: this.#duplicates.of(`l/${id}`) });
    this.#known = known;
    this.#madeFrom = arrangement;
  }
}
