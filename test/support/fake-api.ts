/** Everything that the API is given, by hand: a fake city, a feed, a hand clock, stores that answer what the test says. */
import { join } from 'node:path';
import type { ApiDependencies } from '../../gateway/api/dependencies.ts';
import { metricsOf } from '../../gateway/api/metrics.ts';
import type { Agency, Arrangement, Contact } from '../../gateway/arrangement/arrangement.ts';
import type { AgencyId, AlertId, ContactId } from '../../gateway/model/ids.ts';
import type { JournalStatus, StoredQuarantineEntry, StoredTimelineEntry } from '../../gateway/model/ports/journal.ts';
import { wallTime } from '../../gateway/model/time.ts';
import { quietCity } from './fake-city.ts';
import { FakeFeed } from './fake-feed.ts';
import { FakeSituation, name } from './fake-situation.ts';
import { HandClock } from './hand-clock.ts';

/** 2026-11-24 03:30:00 in Shanghai. */
export const NOW: number = Date.UTC(2026, 10, 23, 19, 30, 0);
export const PAGE_DIR: string = join(import.meta.dirname, '../../dashboards/page');

const agency = (id: string, zh: string, en: string): Agency => ({ id: id as AgencyId, kind: 'carrier', name: name(zh, en), shortName: name(zh, en) });
const contact: Contact = {
  id: 'unicom-duty-1' as ContactId, agency: 'china-unicom' as AgencyId, role: 'primary', name: null, drillable: true,
  methods: [{ kind: 'sms', to: '+8613812345678', ridesOn: 'china-unicom' as AgencyId }, { kind: 'email', to: 'duty@unicom.example', ridesOn: null }],
};

export interface FakeStores {
  timeline: StoredTimelineEntry[];
  quarantine: StoredQuarantineEntry[];
  points: (readonly [number, number])[];
  /** Makes every read fail, as a store does whose disk is gone. */
  broken: boolean;
  checks: { name: string; ok: boolean; because: string | null }[];
}
export interface FakeApi {
  readonly dependencies: ApiDependencies;
  readonly situation: FakeSituation;
  readonly feed: FakeFeed;
  readonly clock: HandClock;
  readonly stores: FakeStores;
  readonly errors: string[];
}

export function fakeApi(overrides: Partial<ApiDependencies> = {}, feed: FakeFeed = new FakeFeed()): FakeApi {
  const clock = new HandClock(NOW);
  const errors: string[] = [];
  const situation = new FakeSituation(feed, () => clock.now().wall);
  quietCity(situation, NOW);
  const stores: FakeStores = { timeline: [], quarantine: [], points: [], broken: false, checks: [{ name: 'journal', ok: true, because: null }, { name: 'broker', ok: true, because: null }, { name: 'history', ok: true, because: null }] };
  const read = <Result>(result: () => Result): Promise<Result> =>
    (stores.broken ? Promise.reject(new Error('SQLITE_IOERR: /var/lib/secret/journal.db')) : Promise.resolve(result()));
  const arrangement = {
    agencies: new Map([agency('china-unicom', '中国联通', 'China Unicom'), agency('china-mobile', '中国移动', 'China Mobile'), agency('china-telecom', '中国电信', 'China Telecom')].map((each) => [each.id, each])),
    contacts: new Map([[contact.id, contact]]),
  } as unknown as Arrangement;
  const dependencies: ApiDependencies = {
    situation, feed, clock, arrangement: () => arrangement,
    journal: {
      status: () => read((): JournalStatus => ({ counters: { accepted: 1, quarantined: 0, quarantineEvicted: 0, thinned: 0, refusedByCode: {} }, lastPosition: 1, enginePosition: 1, releasedPosition: 0, spoolBytes: 10, timelineSeq: 1, timelineHead: '' })),
      readTimeline: ({ alert, after = 0, limit }) => read(() => stores.timeline.filter((entry) => entry.alert === alert && entry.seq > after).slice(0, limit)),
      readQuarantine: ({ before = Number.POSITIVE_INFINITY, limit }) => read(() => stores.quarantine.filter((entry) => entry.id < before).toSorted((a, b) => b.id - a.id).slice(0, limit)),
    },
    history: {
      status: () => read(() => ({ position: 1, durablePosition: 1, points: stores.points.length, heartbeats: 1, oldest: null })),
      metrics: ({ id }) => read(() => (id === 'left-the-arrangement' || id.endsWith('-level') ? ['water_level_m'] : [])),
      query: ({ from, to, limit }) => read(() => {
        const points = stores.points.filter(([at]) => at >= from && at < to).map(([at, value]) => [wallTime(at), value] as const);
        return { points: points.slice(0, limit), truncated: points.length > limit };
      }),
    },
    receive: async () => ({ type: 'accepted' }), adoption: { adopt: async () => ({ type: 'refused', because: 'none here', conflict: false }), yaml: () => 'devices: []\n' },
    metricsText: metricsOf(() => ({ lianqin_spool_accepted_total: 7, lianqin_refused_total: { 'not-json': 3 } })),
    health: () => ({ checks: stores.checks }),
    log: { info: () => {}, warn: (message) => errors.push(message), error: (message, fields) => errors.push(`${message} ${JSON.stringify(fields ?? {})}`) },
    host: '127.0.0.1', port: 0, pageDir: PAGE_DIR,
    ...overrides,
  };
  return { dependencies, situation, feed, clock, stores, errors };
}

export function timelineEntry(seq: number, alert: string): StoredTimelineEntry {
  return { seq, at: wallTime(NOW + seq), type: 'raised', alert: alert as AlertId, by: null, text: name(`第${seq}条`, `entry ${seq}`), detail: { severity: 'orange', count: 2 }, hash: 'ab'.repeat(32) };
}
export function quarantineEntry(id: number, payload = 'not json'): StoredQuarantineEntry {
  return { id, at: wallTime(NOW), topic: 'lianqin/v1/devices/x/heartbeat', client: 'x', code: 'not-json', detail: 'payload: "not json", expected a JSON object', payload: Buffer.from(payload) };
}
