import { expect, it } from 'vitest';
import { killRounds } from './kill-rounds.ts';

it('keeps every acknowledged heartbeat exactly once through ten kill -9 under load, tells nothing for the downtime, and keeps alert ids', async () => {
  const report = await killRounds(10, (round) => 300 + ((round * 397) % 700));
  expect(report.acknowledged).toBeGreaterThan(1_000);
  expect(report.lost).toEqual([]);
  expect(report.doubled).toEqual([]);
  expect(report.raisedForDowntime).toEqual([]);
  expect(report.idsBefore).toHaveLength(1);
  expect(report.idsAfter).toEqual(report.idsBefore);
}, 180_000);
