// What the measurements of hosts have in common.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { root, wasock } from '../test/server.js';

export { root, wasock };

/** A folder for what measurements leave. */
export const folder = await mkdtemp(join(tmpdir(), 'wasock-bench-'));

/** Guests, and functions of theirs with what they do. */
export const WORKS = ['c', 'script'].flatMap((guest) => [
  { guest, exec: 'default', name: 'there and back' },
  { guest, exec: 'flood', name: 'pushed' },
]);

/** The component of such a guest. */
export const componentOf = (guest) => `${root}target/hosts/bench/${guest}.wasm`;

/** Prints a row of a table. */
export const row = (...cells) => process.stdout.write(`| ${cells.join(' | ')} |\n`);

/** A number as it is shown. */
export const shown = (speed) => Math.round(speed).toLocaleString('en');

/** Writes a test of one iteration of a function of a guest; returns its path. */
export const testOf = async (guest, exec) => {
  const test = join(folder, 'test.json');
  await writeFile(test, JSON.stringify({ scenarios: { s: { executor: 'shared-iterations', guest, exec } } }));
  return test;
};

/** Starts `wasock serve`; returns where it is, and what ends it with all that was left. */
export const start = async () => {
  const args = ['serve', '--port', '0', '--tls-port', '0', '--json', '--quiet'];
  const server = spawn(wasock, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface(server.stdout), 'line');
  const end = async () => {
    server.kill();
    await rm(folder, { recursive: true });
  };
  return { ws: `ws://${JSON.parse(line).address}`, end };
};
