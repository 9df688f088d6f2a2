/** kill -9 under load, by a ledger that the gateway knows nothing of: every PUBACKed heartbeat must be in the history exactly once. */
import mqtt from 'mqtt';
import { GatewayHome, GatewayProcess } from '../support/running-gateway.ts';

export interface KillReport {
  readonly rounds: number;
  readonly acknowledged: number;
  readonly stored: number;
  /** Acknowledged and not in the history. */
  readonly lost: readonly number[];
  /** In the history more than once. */
  readonly doubled: readonly number[];
  readonly raisedForDowntime: readonly string[];
  readonly idsBefore: readonly string[];
  readonly idsAfter: readonly string[];
}

const DEVICES = ['l1', 'l2', 'l3', 'l4'] as const;
/** Long intervals, so that nothing may become late during the test; one device that is never heard gives an alert whose id must stay. */
const ARRANGEMENT = `timeZone: Asia/Shanghai
agencies: [{id: a, kind: bureau, name: A}]
sites: [{id: s, kind: depot, name: S}]
links: []
devices:
${DEVICES.map((id) => `  - {id: ${id}, site: s, kind: other, interval: 10min}`).join('\n')}
  - {id: silent, site: s, kind: other, interval: 200ms, misses: 2}
`;

interface Alerts { readonly items: readonly { readonly id: string; readonly kind: string; readonly subject: { readonly id: string } }[] }
interface History { readonly points: readonly (readonly [number, number])[] }

export async function killRounds(rounds: number, seedMs: (round: number) => number): Promise<KillReport> {
  using home = new GatewayHome(ARRANGEMENT);
  const acknowledged = new Map<string, Set<number>>(DEVICES.map((id) => [id, new Set()]));
  let number = 0;
  let idsBefore: readonly string[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await using gateway = await GatewayProcess.start(home);
    if (round === 0) {
      const open = await gateway.until<Alerts>('/api/v1/alerts', ({ items }) => items.some((alert) => alert.subject.id === 'silent'));
      idsBefore = open.items.map((alert) => alert.id);
    }
    const stop = new AbortController();
    const senders = DEVICES.map((id) => sendUntil(stop.signal, gateway.mqttUrl, id, round, acknowledged.get(id)!, () => (number += 1)));
    await new Promise((resolve) => { setTimeout(resolve, seedMs(round)); });
    await gateway.kill('SIGKILL');
    stop.abort();
    await Promise.all(senders);
  }
  await using gateway = await GatewayProcess.start(home);
  const lost: number[] = [];
  const doubled: number[] = [];
  let stored = 0;
  for (const id of DEVICES) {
    const expected = acknowledged.get(id)!;
    const seen = await readAll(gateway, id, expected);
    stored += seen.size;
    for (const each of expected) if (!seen.has(each)) lost.push(each);
    for (const [each, count] of seen) if (count > 1) doubled.push(each);
  }
  const after = await gateway.get<Alerts>('/api/v1/alerts');
  const all = await gateway.get<Alerts>('/api/v1/alerts?phase=all');
  return {
    rounds, acknowledged: [...acknowledged.values()].reduce((sum, set) => sum + set.size, 0), stored, lost, doubled,
    raisedForDowntime: all.items.filter((alert) => alert.subject.id !== 'silent').map((alert) => `${alert.kind} ${alert.subject.id}`),
    idsBefore, idsAfter: after.items.map((alert) => alert.id),
  };
}

/** Publishes as fast as acknowledgements allow, noting each PUBACK, until the connection is gone. */
async function sendUntil(stop: AbortSignal, url: string, id: string, round: number, acknowledged: Set<number>, next: () => number): Promise<void> {
  const client = mqtt.connect(url, { clientId: `${id}-${round}`, reconnectPeriod: 0, connectTimeout: 5_000 });
  client.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => { client.once('close', resolve); });
  let seq = 0;
  const pump = (): void => {
    while (!stop.aborted && seq < 1_000_000 && inFlight < 50) {
      const ledger = next();
      seq += 1;
      inFlight += 1;
      client.publish(`lianqin/v1/devices/${id}/heartbeat`, JSON.stringify({ seq, boot: `r${round}`, metrics: { ledger } }), { qos: 1 }, (error) => {
        inFlight -= 1;
        if (error === undefined || error === null) acknowledged.add(ledger);
        if (!stop.aborted && client.connected) pump();
      });
    }
  };
  let inFlight = 0;
  client.once('connect', pump);
  await closed;
  client.end(true);
}

/** Every ledger number of the device in the history with how often it is there; waits until the drain has brought over what was acknowledged. */
async function readAll(gateway: GatewayProcess, id: string, expected: ReadonlySet<number>): Promise<Map<number, number>> {
  const end = performance.now() + 60_000;
  for (;;) {
    const seen = new Map<number, number>();
    for (let from = 0; ;) {
      const { points } = await gateway.get<History>(`/api/v1/history?device=${id}&metric=ledger&from=${from}&to=${Date.now() + 600_000}`);
      for (const [, value] of points) seen.set(value, (seen.get(value) ?? 0) + 1);
      const last = points.at(-1);
      if (last === undefined) break;
      from = last[0] + 1;
    }
    if ([...expected].every((each) => seen.has(each)) || performance.now() > end) return seen;
    await new Promise((resolve) => { setTimeout(resolve, 500); });
  }
}
