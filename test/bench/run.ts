/** `npm run bench [door] [latency] [engine] [memory]`: what is asked for, or everything. */
import { benchDoor, benchLatency } from './door.ts';
import { benchEngine } from './engine.ts';
import { benchMemory } from './memory.ts';

const BENCHES = new Map<string, (print: (line: string) => void) => void | Promise<void>>([['door', benchDoor], ['latency', benchLatency], ['engine', benchEngine], ['memory', benchMemory]]);
const print = (line: string): void => { process.stdout.write(`${line}\n`); };
const asked = process.argv.slice(2);
const unknown = asked.find((name) => !BENCHES.has(name));
if (unknown !== undefined) {
  print(`there is no bench ${unknown}; one of ${[...BENCHES.keys()].join(', ')} is expected`);
  process.exitCode = 2;
} else for (const [name, bench] of BENCHES) if (asked.length === 0 || asked.includes(name)) await bench(print);
