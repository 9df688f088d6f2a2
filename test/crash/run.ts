/** `npm run crash [-- ROUNDS]`: the kill -9 test by hand, a hundred rounds unless told otherwise. */
import { killRounds } from './kill-rounds.ts';

const rounds = Number(process.argv[2] ?? 100);
const report = await killRounds(rounds, () => 200 + Math.random() * 1_300);
const { acknowledged, stored, lost, doubled, raisedForDowntime, idsBefore, idsAfter } = report;
console.log(`${rounds} kills, ${acknowledged} acknowledged, ${stored} in the history, ${lost.length} lost, ${doubled.length} twice`);
console.log(`alerts for the downtime: ${raisedForDowntime.length}; open alerts before ${idsBefore.join(' ')}, after ${idsAfter.join(' ')}`);
process.exitCode = lost.length + doubled.length + raisedForDowntime.length === 0 && idsBefore.join() === idsAfter.join() ? 0 : 1;
