import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { followSignals, LONGEST_STOP, type StopReason } from '../../gateway/commands/process-signals.ts';
import { HandClock } from '../support/hand-clock.ts';

function follow(): { clock: HandClock; source: EventEmitter; exits: number[]; reasons: StopReason[]; reloads: () => number; starter: { lives: boolean }; signals: Disposable; settled: () => Promise<void> } {
  const clock = new HandClock(0);
  const source = new EventEmitter();
  const exits: number[] = [];
  const reasons: StopReason[] = [];
  const starter = { lives: true };
  let reloads = 0;
  const quiet = (): void => {};
  const signals = followSignals({
    source, clock, log: { info: quiet, warn: quiet, error: quiet }, starterLives: () => starter.lives, reload: () => { reloads += 1; }, exit: (code) => exits.push(code),
  });
  const settled = signals.stop.then((reason) => { reasons.push(reason); });
  return { clock, source, exits, reasons, reloads: () => reloads, starter, signals, settled: () => settled };
}

test.each(['SIGINT', 'SIGTERM'] as const)('%s asks for a stop and ends nothing by itself', async (signal) => {
  const run = follow();
  run.source.emit(signal);
  await run.settled();
  expect(run.reasons).toEqual([signal]);
  expect(run.exits).toEqual([]);
});

test('Ctrl-C that arrives twice, from the terminal and from npm, is one', async () => {
  const run = follow();
  run.source.emit('SIGINT');
  run.clock.advance(200);
  run.source.emit('SIGINT');
  await run.settled();
  expect(run.exits).toEqual([]);
});

test('a second Ctrl-C ends the process at once', () => {
  const run = follow();
  run.source.emit('SIGINT');
  run.clock.advance(1_500);
  run.source.emit('SIGINT');
  expect(run.exits).toEqual([130]);
});

test('SIGTERM after SIGINT ends the process at once, however close', () => {
  const run = follow();
  run.source.emit('SIGINT');
  run.source.emit('SIGTERM');
  expect(run.exits).toEqual([143]);
});

test('a stop that takes too long ends the process with a failure', () => {
  const run = follow();
  run.source.emit('SIGTERM');
  run.clock.advance(LONGEST_STOP - 1);
  expect(run.exits).toEqual([]);
  run.clock.advance(1);
  expect(run.exits).toEqual([1]);
});

test('losing npm counts as SIGTERM, noticed within a second', async () => {
  const run = follow();
  run.clock.advance(60_000);
  expect(run.reasons).toEqual([]);
  run.starter.lives = false;
  run.clock.advance(1_000);
  await run.settled();
  expect(run.reasons).toEqual(['starter-gone']);
  run.clock.advance(LONGEST_STOP);
  expect(run.exits).toEqual([1]);
});

test('SIGHUP reloads, and no longer does once the stop has begun', () => {
  const run = follow();
  run.source.emit('SIGHUP');
  run.source.emit('SIGHUP');
  run.source.emit('SIGTERM');
  run.source.emit('SIGHUP');
  expect(run.reloads()).toBe(2);
});

test('disposed, it leaves no timer and no listener behind', () => {
  const run = follow();
  run.source.emit('SIGTERM');
  run.signals[Symbol.dispose]();
  expect(run.clock.waiting).toBe(0);
  expect(run.source.eventNames()).toEqual([]);
});
