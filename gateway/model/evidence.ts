import type { WallTime } from './time.ts';

/** One fact that a verdict rests on: what was seen, when, and by whom. */
export interface Evidence {
  readonly type:
    | 'heartbeat' | 'link-heartbeat' | 'via' | 'report' | 'status' | 'will' | 'silence' | 'never-heard'
    | 'active-link' | 'site-isolated' | 'reading' | 'mains' | 'restored' | 'neighbour' | 'gateway-check';
  readonly at: WallTime;
  readonly value: string | number | boolean | null;
  readonly source: string;
}
