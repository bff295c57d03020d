// Measures hosts beside each other, and prints tables: `make bench-node`. All times are those of the processor, which
// other work on the machine disturbs least. The guests are in target/hosts/bench.
import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { componentOf, folder, root, row, shown, start, testOf, WORKS, wasock } from './common.js';

const measure = fileURLToPath(new URL('measure.js', import.meta.url));

/** Programs of Node.js by their versions, from the command line: `20=node 24=/opt/node-24/bin/node`. */
const nodes = process.argv.slice(2).map((text) => text.split('='));

const LANGUAGES = ['c', 'rust', 'js', 'python', 'go'];

/** Messages of each measurement: enough that starting up does not show. */
const COUNTS = { default: 10_000, flood: 300_000 };

/** How often each is measured; the best is told, since what disturbs a measurement makes it worse. */
const ROUNDS = 2;

const run = async (program, args) => (await promisify(execFile)(program, args, { maxBuffer: 1 << 26 })).stdout;

const startTimes = async () => {
  row('guest', 'size', ...nodes.flatMap(([version]) => [`Node.js ${version}: made`, 'started']));
  row(...Array(2 + 2 * nodes.length).fill('---'));
  for (const language of LANGUAGES) {
    const component = `${root}target/guests/${language}.wasm`;
    const cells = [];
    for (const [version, node] of nodes) {
      const cache = join(folder, version);
      const { millis: made } = JSON.parse(await run(node, [measure, 'start', component, cache]));
      const { millis: started } = JSON.parse(await run(node, [measure, 'start', component, cache]));
      cells.push(`${(made / 1000).toFixed(1)} s`, `${(started / 1000).toFixed(2)} s`);
    }
    row(language, `${((await stat(component)).size / 1e6).toFixed(1)} MB`, ...cells);
  }
};

const inNode = async (node, guest, exec, ws) => {
  const times = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const args = [measure, 'run', guest, join(folder, 'guests'), exec, ws, COUNTS[exec]];
    times.push(JSON.parse(await run(node, args)).millis);
  }
  return COUNTS[exec] / (Math.min(...times) / 1000);
};

/** Milliseconds of processor time that a run takes. */
const timeOfRun = async (guest, exec, ws, count) => {
  const test = await testOf(guest, exec);
  const command = `TIMEFORMAT='%U %S'; time "${wasock}" run --quiet -e WS=${ws} -e COUNT=${count} "${test}" >/dev/null`;
  const { stderr } = await promisify(execFile)('bash', ['-c', command]);
  const [user, system] = stderr.trim().split('\n').at(-1).split(' ').map(Number);
  return (user + system) * 1000;
};

const inWasock = async (guest, exec, ws) => {
  // The first run compiles; what a run takes that does nothing is not the messages'.
  await timeOfRun(guest, exec, ws, 1);
  const times = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    times.push((await timeOfRun(guest, exec, ws, COUNTS[exec])) - (await timeOfRun(guest, exec, ws, 1)));
  }
  return COUNTS[exec] / (Math.min(...times) / 1000);
};

const speeds = async (ws) => {
  row('guest', 'messages a second of the processor', 'wasock run', ...nodes.map(([version]) => `Node.js ${version}`));
  row(...Array(3 + nodes.length).fill('---'));
  for (const { guest, exec, name } of WORKS) {
    const component = componentOf(guest);
    const found = [await inWasock(component, exec, ws)];
    for (const [, node] of nodes) found.push(await inNode(node, component, exec, ws));
    row(guest, name, ...found.map(shown));
  }
};

const { ws, end } = await start();
await startTimes();
process.stdout.write('\n');
await speeds(ws);
await end();
