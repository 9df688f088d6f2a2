import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HistoryStore } from '../../gateway/model/ports/history-store.ts';
import { millis, minutes, wallTime } from '../../gateway/model/time.ts';
import { openEmbeddedHistory } from '../../gateway/store/embedded-history.ts';
import { HandClock } from '../support/hand-clock.ts';
import { KeptLog, NOON, spoolGroup, testFolder } from '../support/store.ts';

const radio = { type: 'device', id: 'radio-1' } as const;
const level = (value: number, more: object = {}): string => JSON.stringify({ metrics: { water_level_m: value }, ...more });
const raw = { subject: radio, metric: 'water_level_m', from: wallTime(NOON - 86_400_000), to: wallTime(NOON + 86_400_000), step: null, limit: 1_000 };

let folder: ReturnType<typeof testFolder>;
let history: HistoryStore;
const open = (): Promise<HistoryStore> => openEmbeddedHistory({ dataDir: folder.path, retention: minutes(30 * 24 * 60), averages: minutes(60 * 24 * 60), clock: new HandClock(NOON), log: new KeptLog(), salvaged: () => undefined });
beforeEach(async () => {
  folder = testFolder();
  history = await open();
});
afterEach(async () => {
  await history[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

describe('the embedded history', () => {
  it('gives back what was written, oldest first, at the time of observation or else of receipt', async () => {
    await history.write([spoolGroup(1, [level(79.1), level(79.2, { ts: NOON - 5_000 }), level(79.3)])]);
    expect((await history.query(raw)).points).toEqual([[NOON - 5_000, 79.2], [NOON, 79.1], [NOON + 2_000, 79.3]]);
    // Each heartbeat is a point of its own, so that it can be counted though it says nothing.
    expect(await history.metrics(radio)).toEqual(['heartbeat', 'water_level_m']);
  });

  it('counts a group that is offered twice once, also after a restart', async () => {
    const group = (): ReturnType<typeof spoolGroup> => spoolGroup(1, [level(79.1), level(79.2)]);
    expect(await history.write([group()])).toMatchObject({ type: 'written', position: 2 });
    await history.write([group()]);
    await history[Symbol.asyncDispose]();
    history = await open();
    expect(await history.position()).toBe(2);
    await history.write([group(), spoolGroup(3, [level(79.3)], { at: NOON + 60_000 })]);
    expect((await history.query(raw)).points).toHaveLength(3);
    expect(await history.status()).toMatchObject({ position: 3, heartbeats: 3 });
  });

  it('keeps both of two values of one metric in the same millisecond', async () => {
    await history.write([spoolGroup(1, [level(1, { ts: NOON }), level(2, { ts: NOON })])]);
    expect((await history.query(raw)).points.map(([, value]) => value).toSorted((a, b) => a - b)).toEqual([1, 2]);
  });

  it('takes a flood of one device without slowing down: each value keeps a millisecond of its own, wherever it meets others', async () => {
    // Ten a millisecond for two seconds, twice over, with an older island in their way: searching for the free one each time would take minutes.
    await history.write([spoolGroup(1, Array.from({ length: 50 }, (_, index) => level(index, { ts: NOON + 15_000 + index })), { apart: 1 })]);
    const flood = Array.from({ length: 20_000 }, (_, index) => level(index, { ts: NOON + Math.floor(index / 10) }));
    await history.write([spoolGroup(51, flood, { apart: 0 })]);
    await history.write([spoolGroup(20_051, flood, { apart: 0 })]);
    const { points } = await history.query({ ...raw, limit: 100_000 });
    expect(points).toHaveLength(40_050);
    expect(points.at(-1)?.[0]).toBe(NOON + 40_049);
  }, 10_000);

  it('averages over steps that are aligned to their length, and leaves empty ones out', async () => {
    await history.write([spoolGroup(1, [level(1), level(3), level(10)], { apart: 30_000 }), spoolGroup(4, [level(20)], { at: NOON + 600_000 })]);
    const from = wallTime(NOON - (NOON % 60_000));
    const { points } = await history.query({ ...raw, from, step: millis(60_000) });
    const expected = new Map<number, number[]>();
    for (const [at, value] of (await history.query(raw)).points) expected.set(at - (at % 60_000), [...(expected.get(at - (at % 60_000)) ?? []), value]);
    expect(points).toEqual([...expected].map(([at, values]) => [at, values.reduce((sum, each) => sum + each, 0) / values.length]));
  });

  it('says when there is more than the limit, and does not show what is beyond the retention', async () => {
    await history.write([spoolGroup(1, [level(1), level(2), level(3)]), spoolGroup(4, [level(9, { ts: NOON - 61 * 86_400_000 })])]);
    expect(await history.query({ ...raw, limit: 2 })).toMatchObject({ truncated: true, points: [[NOON, 1], [NOON + 1_000, 2]] });
    const all = await history.query({ ...raw, from: wallTime(0) });
    expect(all.points.map(([, value]) => value)).toEqual([1, 2, 3]);
  });

  it('folds what is older than asked for into five-minute averages, in whole five minutes, and nothing else', async () => {
    const begin = NOON - (NOON % 300_000);
    const values = Array.from({ length: 500 }, (_, index) => index);
    await history.write([spoolGroup(1, [...values.map((value) => level(value)), '{"metrics":{"water_level_m":9999},"quality":{"water_level_m":"suspect"}}'], { at: begin, apart: 60_000 })]);
    // With each value its heartbeat; the border lies in the middle of five minutes and moves to their begin.
    expect(await history.prune(wallTime(begin + 252 * 60_000))).toBe(500);
    const { points } = await history.query(raw);
    expect(points.slice(0, 2)).toEqual([[begin, 2], [begin + 300_000, 7]]);
    expect(points.slice(50, 52)).toEqual([[begin + 250 * 60_000, 250], [begin + 251 * 60_000, 251]]);
    expect(points).toHaveLength(50 + 251);
    const hours = await history.query({ ...raw, step: millis(3_600_000), from: wallTime(begin - (begin % 3_600_000)) });
    const inHour = (at: number): number[] => values.filter((value) => begin + value * 60_000 >= at && begin + value * 60_000 < at + 3_600_000);
    for (const [at, value] of hours.points.slice(0, 4)) expect(value).toBeCloseTo(inHour(at).reduce((sum, each) => sum + each, 0) / inHour(at).length, 6);
    expect(await history.prune(wallTime(begin + 252 * 60_000))).toBe(0);
  });

  it('stores nothing for a metric that is missing, and keeps links apart from devices of the same id', async () => {
    await history.write([
      spoolGroup(1, ['{"metrics":{"water_level_m":null}}', '{}', 'offline']),
      spoolGroup(4, ['{"metrics":{"rtt_ms":12.5}}'], { kind: 'l', id: 'radio-1' }),
    ]);
    expect(await history.metrics(radio)).toEqual(['heartbeat']);
    expect(await history.metrics({ type: 'link', id: 'radio-1' })).toEqual(['heartbeat', 'rtt_ms']);
  });
});
