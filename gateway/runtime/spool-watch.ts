/** Says early that the spool fills: at 100 % nothing is acknowledged any more. */
import type { Clock } from '../model/ports/clock.ts';
import type { Journal } from '../model/ports/journal.ts';
import type { Log } from '../model/ports/log.ts';
import type { Bilingual } from '../model/text.ts';
import { seconds, type Millis } from '../model/time.ts';

const LOOK_EVERY: Millis = seconds(10);
const FILLING = 0.7;
/** Well below, so that it is not said over and over at the border. */
const RELIEVED = 0.6;

export interface SpoolWatchOptions {
  readonly journal: Pick<Journal, 'status'>;
  readonly maxBytes: number;
  readonly clock: Clock;
  readonly log: Log;
  /** Null: it is over. */
  readonly filling: (because: Bilingual | null) => void;
  /** There is room again. */
  readonly relieved: () => void;
}

/** Looks from now on; disposing ends it. */
export function watchSpool({ journal, maxBytes, clock, log, filling, relieved }: SpoolWatchOptions): Disposable {
  // Also at the first look: an earlier run may have left it open.
  let said: boolean | null = null;
  let cancel = (): void => undefined;
  let stopped = false;
  const look = async (): Promise<void> => {
    const { spoolBytes } = await journal.status();
    const share = spoolBytes / maxBytes;
    if (said !== true && share >= FILLING) {
      said = true;
      const percent = Math.floor(share * 100);
      filling({ zh: `待写队列已用${percent}%,满后新数据不予确认。请查历史库`, en: `the spool is ${percent} % full; when it is full nothing is acknowledged. See to the history` });
    } else if (said !== false && share < RELIEVED) {
      said = false;
      filling(null);
      relieved();
    }
  };
  const later = (): void => {
    if (stopped) return;
    cancel = clock.after(LOOK_EVERY, () => {
      look().catch((error: unknown) => { log.error('the spool could not be looked at', { because: String(error) }); }).finally(later);
    });
  };
  later();
  return { [Symbol.dispose]: () => { stopped = true; cancel(); } };
}
