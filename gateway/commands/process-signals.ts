/** What ends or changes a running gateway from outside: signals, and the loss of the npm that started it. */
import type { Clock } from '../model/ports/clock.ts';
import type { Log } from '../model/ports/log.ts';
import { millis, seconds, type Millis, type MonoTime } from '../model/time.ts';

export interface SignalSource {
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  off(signal: NodeJS.Signals, listener: () => void): unknown;
}
export interface SignalOptions {
  readonly source: SignalSource;
  readonly clock: Clock;
  readonly log: Log;
  readonly starterLives: () => boolean;
  /** SIGHUP. */
  readonly reload: () => void;
  readonly exit: (code: number) => void;
}
/** Why to stop. */
export type StopReason = 'SIGINT' | 'SIGTERM' | 'starter-gone';
export interface ProcessSignals extends Disposable {
  /** Resolves once, with the first reason to stop; nothing else does. */
  readonly stop: Promise<StopReason>;
}

const LOOK_AT_STARTER: Millis = millis(500);
/** Ctrl-C reaches the whole group of processes and npm hands its own on: two of a kind this close together are one. */
const SAME_PRESS = seconds(1);
/** Longer than the gateway takes to commit and close by far; after it the process ends as it is, and what was acknowledged is on disk anyhow. */
export const LONGEST_STOP: Millis = seconds(10);
const EXIT_BY_SIGNAL = { SIGINT: 130, SIGTERM: 143 } as const;

/** Listens until disposed. The first SIGINT, SIGTERM or loss of the starter resolves `stop`; another signal after that exits at once. */
export function followSignals(options: SignalOptions): ProcessSignals {
  const { source, clock, log, exit } = options;
  const { promise, resolve } = Promise.withResolvers<StopReason>();
  let stopping: { readonly reason: StopReason; readonly at: MonoTime } | null = null;
  let cancelLook = (): void => {};
  let cancelLimit = (): void => {};

  const begin = (reason: StopReason): void => {
    stopping = { reason, at: clock.now().mono };
    cancelLook();
    log.info('stopping', { because: reason });
    cancelLimit = clock.after(LONGEST_STOP, () => {
      log.error('the stop took too long; ending now', { seconds: LONGEST_STOP / 1000 });
      exit(1);
    });
    resolve(reason);
  };
  const onStop = (signal: 'SIGINT' | 'SIGTERM') => (): void => {
    if (stopping === null) return begin(signal);
    if (stopping.reason === signal && clock.now().mono - stopping.at < SAME_PRESS) return;
    log.warn('second signal; ending at once', { signal });
    exit(EXIT_BY_SIGNAL[signal]);
  };
  const look = (): void => {
    if (!options.starterLives()) begin('starter-gone');
    else cancelLook = clock.after(LOOK_AT_STARTER, look);
  };
  const listeners: readonly (readonly [NodeJS.Signals, () => void])[] = [
    ['SIGINT', onStop('SIGINT')], ['SIGTERM', onStop('SIGTERM')], ['SIGHUP', () => { if (stopping === null) options.reload(); }],
  ];
  for (const [signal, listener] of listeners) source.on(signal, listener);
  look();

  return {
    stop: promise,
    [Symbol.dispose]: () => {
      cancelLook();
      cancelLimit();
      for (const [signal, listener] of listeners) source.off(signal, listener);
    },
  };
}
