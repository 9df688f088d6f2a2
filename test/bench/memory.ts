/** What one device costs in memory once it has been heard, with four metrics: the engine's part of it. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Engine } from '../../gateway/engine/engine.ts';
import type { DeviceId } from '../../gateway/model/ids.ts';
import { monoTime, wallTime } from '../../gateway/model/time.ts';
import { city } from '../support/city.ts';

const DEVICES = 20_000;
const METRICS = ['rssi_dbm', 'snr_db', 'battery_v', 'temp_c'];

export function benchMemory(print: (line: string) => void): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const used = (): number => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const now = { wall: wallTime(1_790_000_000_000), mono: monoTime(0) };
  const arrangement = city(Array.from({ length: DEVICES / 20 }, (_, index) => ({ id: `s${index}`, links: [{ id: `l${index}` }], devices: Array.from({ length: 20 }, (__, each) => ({ id: `d${index * 20 + each}` })) })));
  const before = used();
  const engine = new Engine({ arrangement, rows: [], timelineSeq: 0, now });
  engine.start(now);
  for (let index = 0; index < DEVICES; index += 1) {
    const device = `d${index}` as DeviceId;
    engine.step({ type: 'device-heard', device, via: null, activeLink: null, links: new Map() }, now);
    engine.step({ type: 'device-measured', device, position: index + 1, receivedAt: now.wall, sentAt: now.wall, missing: [], readings: METRICS.map((metric) => ({ metric, value: 1, observedAt: now.wall, quality: 'ok' as const })) }, now);
  }
  engine.takeDirtyRows(now);
  print(`memory   ${((used() - before) / DEVICES).toFixed(0)} bytes a device with ${METRICS.length} metrics, of ${DEVICES} (aim < 3,000)   ${engine.devices.size} heard`);
}
