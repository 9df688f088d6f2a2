import { expect, test } from 'vitest';
import { startedByNpm, systemTree, watchStarter, type ProcessTree } from '../../gateway/commands/starter.ts';

const NPM = { npm_lifecycle_event: 'start' };

interface Row { name: string; parent: number }
/** A table of processes that a test changes while the watch looks on. */
function tree(own: number, rows: Record<number, Row>): ProcessTree & { own: number; rows: Record<number, Row> } {
  const state = { own, rows, parent: () => state.own, look: (pid: number) => state.rows[pid] ?? null };
  return state;
}

test('a gateway that npm did not start does not care who its parent is', () => {
  const processes = tree(10, { 10: { name: 'npm start', parent: 1 } });
  const lives = watchStarter({}, processes);
  processes.own = 1;
  expect(lives()).toBe(true);
});

test('npm as the parent itself: its end is noticed', () => {
  const processes = tree(10, { 10: { name: 'npm start', parent: 5 } });
  const lives = watchStarter(NPM, processes);
  expect(lives()).toBe(true);
  processes.own = 1;
  expect(lives()).toBe(false);
});

test('a shell between npm and the gateway stays, and the end of npm is noticed all the same', () => {
  const processes = tree(11, { 11: { name: 'sh', parent: 10 }, 10: { name: 'npm start', parent: 5 } });
  const lives = watchStarter(NPM, processes);
  expect(lives()).toBe(true);
  delete processes.rows[10];
  processes.rows[11] = { name: 'sh', parent: 1 };
  expect(lives()).toBe(false);
});

test('what stands above npm may come and go', () => {
  const processes = tree(10, { 10: { name: 'npm start', parent: 5 }, 5: { name: 'bash', parent: 1 } });
  const lives = watchStarter(NPM, processes);
  processes.rows[10] = { name: 'npm start', parent: 1 };
  delete processes.rows[5];
  expect(lives()).toBe(true);
});

test('where the system says nothing of other processes, the own parent is watched alone', () => {
  const processes = tree(10, {});
  const lives = watchStarter({ npm_execpath: '/usr/lib/npm-cli.js' }, processes);
  expect(lives()).toBe(true);
  processes.own = 1;
  expect(lives()).toBe(false);
});

test('npm and npx are known by what they leave in the environment', () => {
  expect([startedByNpm({}), startedByNpm(NPM), startedByNpm({ npm_execpath: 'x' })]).toEqual([false, true, true]);
});

test('the system knows this process and its parent, and nothing of a process that is gone', () => {
  expect(systemTree.look(process.pid)?.parent).toBe(process.ppid);
  expect(systemTree.look(2 ** 30)).toBe(null);
});
