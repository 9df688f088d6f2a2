import { describe, expect, it } from 'vitest';
import type { EngineInput } from '../../gateway/engine/input.ts';
import { openDoor, type Door, type Verdict } from '../../gateway/ingest/door.ts';
import type { StateRow } from '../../gateway/model/ports/journal.ts';
import { city } from '../support/city.ts';
import { FakeJournal, turn } from '../support/fake-journal.ts';
import { HandClock } from '../support/hand-clock.ts';
import { groupOf, KeptLog, NOON } from '../support/store.ts';

interface Bench {
  readonly door: Door;
  readonly journal: FakeJournal;
  readonly clock: HandClock;
  readonly inputs: EngineInput[];
  readonly log: KeptLog;
  /** Verdicts in the order in which they were given, as `name:verdict`. */
  readonly verdicts: string[];
  readonly send: (name: string, payload: object | string, topic?: string, will?: boolean) => void;
}
const arrangement = city([{ id: 'depot', links: [{ id: 'fibre' }], devices: [{ id: 'radio' }, { id: 'level' }] }]);

function bench(rows: readonly StateRow[] = []): Bench {
  const [journal, clock, log] = [new FakeJournal(), new HandClock(NOON), new KeptLog()];
  const inputs: EngineInput[] = [];
  const verdicts: string[] = [];
  const door = openDoor({ journal, arrangement: () => arrangement, inbox: { post: (input) => { inputs.push(input); } }, clock, log });
  door.restore(rows);
  return {
    door, journal, clock, inputs, log, verdicts,
    send: (name, payload, topic = 'lianqin/v1/devices/radio/heartbeat', will = false) => {
      const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
      door.receive({ topic, payload: Buffer.from(text), client: 'test', will }, (verdict: Verdict) => { verdicts.push(`${name}:${verdict.type}${verdict.type === 'refused' ? `(${verdict.code})` : ''}`); });
    },
  };
}
const types = (inputs: readonly EngineInput[]): string[] => inputs.map(({ type }) => type);

describe('the one door', () => {
  it('acknowledges nothing before its commit, and everything of a turn in one commit, in order', async () => {
    const { send, journal, verdicts } = bench();
    for (const name of ['a', 'b', 'c']) send(name, { seq: name.charCodeAt(0) });
    expect(verdicts).toEqual([]);
    await turn();
    expect(journal.held).toHaveLength(1);
    expect(verdicts).toEqual([]);
    await journal.succeed();
    expect(verdicts).toEqual(['a:accepted', 'b:accepted', 'c:accepted']);
  });

  it('gathers the next group while one is being committed', async () => {
    const { send, journal, verdicts } = bench();
    send('a', {});
    await turn();
    send('b', {});
    send('c', {});
    await turn();
    expect(journal.held).toHaveLength(1);
    await journal.succeed();
    expect(verdicts).toEqual(['a:accepted']);
    expect((await journal.succeed()).payloads).toHaveLength(2);
    expect(verdicts).toEqual(['a:accepted', 'b:accepted', 'c:accepted']);
  });

  it('tells the engine of life at once and of readings after the commit', async () => {
    const { send, journal, inputs } = bench();
    send('a', { metrics: { rssi_dbm: -71 } });
    expect(types(inputs)).toEqual(['device-heard']);
    await turn();
    await journal.succeed();
    expect(types(inputs)).toEqual(['device-heard', 'device-measured']);
    expect(inputs[1]).toMatchObject({ device: 'radio', position: 1, readings: [{ metric: 'rssi_dbm', value: -71 }] });
  });

  it('answers a repetition behind its original, and not before that is committed', async () => {
    const { send, journal, verdicts } = bench();
    send('a', { seq: 5, boot: 'x' });
    await turn();
    send('again', { seq: 5, boot: 'x' });
    await turn();
    expect(verdicts).toEqual([]);
    await journal.succeed();
    expect(verdicts).toEqual(['a:accepted', 'again:duplicate']);
    expect(journal.stored).toHaveLength(1);
  });

  it('keeps what it refuses in quarantine with the reason, and answers after that commit', async () => {
    const { send, journal, verdicts, door } = bench();
    send('a', 'no json');
    send('b', '{}', 'lianqin/v1/devices/nobody/heartbeat');
    send('c', { metrics: { 'Bad Name': 1 } });
    send('d', `{"metrics":{"a":1}${' '.repeat(70_000)}}`);
    await turn();
    expect(verdicts).toEqual([]);
    const { commit } = await journal.succeed();
    expect(commit.quarantine?.map(({ code }) => code)).toEqual(['not-json', 'unknown-device', 'bad-metric-name', 'too-large']);
    expect(commit.quarantine?.at(-1)?.payload.length).toBe(65_536);
    expect(verdicts).toEqual(['a:refused(not-json)', 'b:refused(unknown-device)', 'c:refused(bad-metric-name)', 'd:refused(too-large)']);
    expect(door.counters()).toMatchObject({ refused: 4, accepted: 0, refusedByCode: { 'unknown-device': 1 } });
  });

  it('names a topic that nobody may publish on as foreign, and stores nothing', async () => {
    const { send, journal, verdicts } = bench();
    for (const topic of ['lianqin/v1/state/devices/radio', 'lianqin/v1/devices/radio/other', 'a', 'lianqin/v1/devices//heartbeat', '$SYS/x']) send(topic, {}, topic);
    await turn();
    expect(verdicts.every((verdict) => verdict.endsWith(':foreign'))).toBe(true);
    expect(verdicts).toHaveLength(5);
    expect(journal.held).toHaveLength(0);
  });

  it('takes a status from the device and from its Will, but no Will that says online', async () => {
    const { send, journal, inputs, verdicts } = bench();
    const topic = 'lianqin/v1/devices/radio/status';
    send('on', 'online', topic);
    send('will', 'offline', topic, true);
    send('odd', 'online', topic, true);
    send('bad', 'gone', topic);
    await turn();
    await journal.succeed();
    expect(inputs).toMatchObject([{ type: 'device-status', status: 'online', will: false }, { type: 'device-status', status: 'offline', will: true }]);
    expect(verdicts).toEqual(['on:accepted', 'will:accepted', 'odd:refused(bad-status)', 'bad:refused(bad-status)']);
  });
});

describe('a store that fails', () => {
  it('acknowledges nobody, neither of the group nor of what gathered behind it, and still tells the engine who lives', async () => {
    const { send, journal, verdicts, inputs, door } = bench();
    send('a', { seq: 1, boot: 'x' });
    await turn();
    send('b', { seq: 2, boot: 'x' });
    await journal.fail();
    expect(verdicts).toEqual(['a:unavailable', 'b:unavailable']);
    expect(door.failing).toBe(true);
    send('c', { seq: 3, boot: 'x' });
    expect(verdicts.at(-1)).toBe('c:unavailable');
    expect(types(inputs)).toEqual(['device-heard', 'device-heard', 'store-trouble', 'device-heard']);
  });

  it('takes the same heartbeat again afterwards: what was not stored is no repetition', async () => {
    const { send, journal, verdicts, clock } = bench();
    send('a', { seq: 1, boot: 'x' });
    await turn();
    await journal.fail();
    clock.advance(250);
    expect(journal.held).toHaveLength(1);
    await journal.succeed();
    send('again', { seq: 1, boot: 'x' });
    await turn();
    await journal.succeed();
    expect(verdicts).toEqual(['a:unavailable', 'again:accepted']);
  });

  it('is probed at longer and longer intervals until it works, and says both once', async () => {
    const { send, journal, clock, inputs, log, door } = bench();
    send('a', {});
    await turn();
    await journal.fail();
    for (const wait of [250, 500, 1_000, 2_000, 4_000, 5_000, 5_000]) {
      clock.advance(wait - 1);
      expect(journal.held).toHaveLength(0);
      clock.advance(1);
      await journal.fail();
    }
    clock.advance(5_000);
    await journal.succeed();
    expect(door.failing).toBe(false);
    expect(inputs.filter(({ type }) => type === 'store-trouble')).toMatchObject([{ failing: true }, { failing: false }]);
    expect(log.lines.map(({ level }) => level)).toEqual(['error', 'info']);
  });

  it('that stalls for more than 5 s holds nobody: what gathered is turned away, the group itself waits for the truth', async () => {
    const { send, journal, clock, verdicts, door } = bench();
    send('a', {});
    await turn();
    send('b', {});
    clock.advance(4_999);
    expect(verdicts).toEqual([]);
    clock.advance(1);
    expect(verdicts).toEqual(['b:unavailable']);
    expect(door.failing).toBe(true);
    await journal.succeed();
    expect(verdicts).toEqual(['b:unavailable', 'a:accepted']);
    expect(door.failing).toBe(false);
  });

  it('never holds more than its bound: beyond 20,000 waiting messages the next is turned away', async () => {
    const { send, door, journal, verdicts } = bench();
    send('first', {});
    await turn();
    for (let each = 0; each < 20_000; each += 1) send('m', {});
    expect(door.crowded).toBe(true);
    expect(verdicts).toEqual([]);
    send('over', {});
    expect(verdicts).toEqual(['over:unavailable']);
    let room = 0;
    door.whenRoom(() => { room += 1; });
    await journal.succeed();
    await journal.succeed();
    expect(room).toBe(1);
    expect(door.crowded).toBe(false);
  });
});

describe('de-duplication over a restart', () => {
  it('knows what was committed from its rows, and what came after them from the spool', async () => {
    const first = bench();
    first.send('a', { seq: 7, boot: 'x' });
    await turn();
    await first.journal.succeed();
    const second = bench(first.door.dirtyRows());
    const { bytes, count } = groupOf([JSON.stringify({ seq: 8, boot: 'x' })], { id: 'radio' });
    second.door.replay({ first: 2, bytes, count });
    for (const seq of [7, 8, 9]) second.send(String(seq), { seq, boot: 'x' });
    await turn();
    await second.journal.succeed();
    expect(second.verdicts).toEqual(['7:duplicate', '8:duplicate', '9:accepted']);
    expect(types(second.inputs)).not.toContain('device-measured');
  });

  it('leaves what is not committed out of the rows', async () => {
    const first = bench();
    first.send('a', { seq: 7, boot: 'x' });
    await turn();
    await first.journal.succeed();
    first.send('b', { seq: 8, boot: 'x' });
    const second = bench(first.door.dirtyRows());
    second.send('b', { seq: 8, boot: 'x' });
    await turn();
    await second.journal.succeed();
    expect(second.verdicts).toEqual(['b:accepted']);
  });

  it('takes a seq that falls to 0 or 1 without boot as a new boot', async () => {
    const { send, journal, verdicts } = bench();
    for (const seq of [5, 6, 1, 2, 2]) send(String(seq), { seq });
    await turn();
    await journal.succeed();
    expect(verdicts).toEqual(['5:accepted', '6:accepted', '1:accepted', '2:accepted', '2:duplicate']);
  });
});
