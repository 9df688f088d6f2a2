/** A broker with its door on a journal that the test holds in its hand. */
import { ANYBODY_HERE } from '../../gateway/access/mqtt-principal.ts';
import { openBroker, type Broker, type BrokerOptions } from '../../gateway/broker/broker.ts';
import type { EngineInput } from '../../gateway/engine/input.ts';
import { openDoor } from '../../gateway/ingest/door.ts';
import type { CommitOutcome, Journal } from '../../gateway/model/ports/journal.ts';
import { SystemClock } from '../../gateway/runtime/system-clock.ts';
import { city } from './city.ts';
import { FakeJournal } from './fake-journal.ts';
import { RawMqtt } from './raw-mqtt.ts';
import { KeptLog } from './store.ts';

export interface BrokerBench extends AsyncDisposable {
  readonly broker: Broker;
  readonly journal: FakeJournal;
  readonly inputs: EngineInput[];
  readonly log: KeptLog;
  client(): RawMqtt;
  /** From now on each commit succeeds by itself. */
  letCommit(): void;
  hold(): void;
}

/** Commits succeed by themselves until `hold`. */
export async function brokerBench(devices: readonly string[] = ['radio', 'level'], more: Partial<Pick<BrokerOptions, 'access' | 'ratePerClient' | 'tls'>> = {}): Promise<BrokerBench> {
  const journal = new FakeJournal();
  const clock = new SystemClock();
  const log = new KeptLog();
  const inputs: EngineInput[] = [];
  let automatic = true;
  const settle = (): void => { while (automatic && journal.held.length > 0) void journal.succeed(); };
  const watched: Pick<Journal, 'commit'> = { commit: (commit): Promise<CommitOutcome> => { const outcome = journal.commit(commit); settle(); return outcome; } };
  const arrangement = city([{ id: 'depot', links: [{ id: 'fibre' }], devices: devices.map((id) => ({ id })) }]);
  const door = openDoor({ journal: watched, arrangement: () => arrangement, inbox: { post: (input) => { inputs.push(input); } }, clock, log });
  const broker = await openBroker({ door, clock, log, host: '127.0.0.1', port: 0, access: more.access ?? { signIn: () => ANYBODY_HERE }, ratePerClient: more.ratePerClient ?? 100_000, tls: more.tls ?? null });
  const clients: RawMqtt[] = [];
  return {
    broker, journal, inputs, log,
    client: () => {
      const client = new RawMqtt(broker.port);
      clients.push(client);
      return client;
    },
    letCommit: () => { automatic = true; settle(); },
    hold: () => { automatic = false; },
    [Symbol.asyncDispose]: async () => {
      automatic = true;
      settle();
      for (const client of clients) client[Symbol.dispose]();
      await broker[Symbol.asyncDispose]();
    },
  };
}
