/** Time per engine input with 1,000 and 100,000 devices: the ratio says whether work grows with the size of the city. */
import type { LinkReport } from '../../gateway/model/heartbeat.ts';
import type { DeviceId, LinkId } from '../../gateway/model/ids.ts';
import { monoTime, wallTime } from '../../gateway/model/time.ts';
import { Engine } from '../../gateway/engine/engine.ts';
import { city, type SiteSpec } from '../support/city.ts';

const NO_LINKS: ReadonlyMap<LinkId, LinkReport> = new Map();
const INPUTS = 400_000;

function nanosecondsPerInput(devices: number): number {
  const sites: SiteSpec[] = [];
  for (let index = 0; index < devices; index += 20) {
    sites.push({ id: `s${index}`, links: [{ id: `l${index}` }], devices: Array.from({ length: 20 }, (_, each) => ({ id: `d${index + each}`, interval: 60 })) });
  }
  const now = (ms: number): { wall: ReturnType<typeof wallTime>; mono: ReturnType<typeof monoTime> } => ({ wall: wallTime(1_790_000_000_000 + ms), mono: monoTime(ms) });
  const engine = new Engine({ arrangement: city(sites), rows: [], timelineSeq: 0, now: now(0) });
  engine.start(now(0));
  // Ids in a scattered order, each device heard about once a minute of engine time whatever their number.
  const ids = Array.from({ length: devices }, (_, index) => `d${(index * 7919) % devices}` as DeviceId);
  const run = (from: number, count: number): void => {
    for (let index = from; index < from + count; index += 1) {
      engine.step({ type: 'device-heard', device: ids[index % devices]!, via: `l${Math.floor(((index % devices) * 7919 % devices) / 20) * 20}` as LinkId, activeLink: null, links: NO_LINKS }, now((index / devices) * 50_000));
      // Every five seconds of engine time, as the runner saves.
      if (index % (devices / 10) === 0) engine.takeDirtyRows(now((index / devices) * 50_000));
    }
  };
  run(0, devices * 2);
  const begin = process.hrtime.bigint();
  run(devices * 2, INPUTS);
  return Number(process.hrtime.bigint() - begin) / INPUTS;
}

export function benchEngine(print: (line: string) => void): void {
  nanosecondsPerInput(1_000);
  const small: number[] = [];
  const large: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    small.push(nanosecondsPerInput(1_000));
    large.push(nanosecondsPerInput(100_000));
  }
  const median = (values: number[]): number => values.toSorted((a, b) => a - b)[2]!;
  print(`engine input   1,000 devices ${median(small).toFixed(0)} ns   100,000 devices ${median(large).toFixed(0)} ns   ratio ${(median(large) / median(small)).toFixed(2)} (aim < 1.5)`);
}
