/** Every command: what the list says of it, and where it is. Each is loaded when it is called, so that `--help` needs no broker. */
import type { Command } from './command.ts';

export interface CatalogueEntry {
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

export const CATALOGUE: ReadonlyMap<string, CatalogueEntry> = new Map([
  ['serve', { summary: 'runs the gateway', load: async () => (await import('./serve.ts')).serve }],
  ['demo', { summary: 'runs the gateway with a simulated city, as npm start does', load: async () => (await import('./demo.ts')).demo }],
  ['check', { summary: 'checks configuration and arrangement: faults as file:line:column', load: async () => (await import('./check.ts')).checkCommand }],
  ['reload', { summary: 'makes the running gateway read its arrangement anew', load: async () => (await import('./reload.ts')).reload }],
  ['credentials', { summary: 'who may sign in over MQTT: issue, rotate, revoke, list', load: async () => (await import('./credentials.ts')).credentials }],
  ['spool', { summary: 'what is stored and what waits; replay of the embedded history into InfluxDB', load: async () => (await import('./spool.ts')).spool }],
  ['sim', { summary: 'lets simulated devices of an arrangement report to any gateway', load: async () => (await import('./sim.ts')).sim }],
]);

export const HELP: string = `Lianqin 联勤: emergency communications and device telemetry gateway

Usage: lianqin COMMAND [options]

${[...CATALOGUE].map(([name, { summary }]) => `  ${name.padEnd(11)} ${summary}`).join('\n')}

Each command takes --help.`;
