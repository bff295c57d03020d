// Measures guests in headless Chromium beside `wasock run`, and prints a table: `make bench-browser`. Times are those of
// the clock, as a browser has many processes. The guests are in target/hosts/bench.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { Browser } from '../test/chromium.js';
import { serve } from '../tool/serve.js';
import { site } from '../tool/site.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const wasock = `${root}target/release/wasock`;
const folder = await mkdtemp(join(tmpdir(), 'wasock-bench-'));

/** Messages of each measurement: enough that starting up does not show. */
const COUNTS = { default: 3_000, flood: 50_000 };

/** How often each is measured; the best is told, since what disturbs a measurement makes it worse. */
const ROUNDS = 3;

const best = async (measure) => {
  const times = [];
  for (let round = 0; round < ROUNDS; round += 1) times.push(await measure());
  return Math.min(...times);
};

/** Runs in the page: milliseconds of one iteration. */
const iterate = async (exec, env) => {
  const { instantiate } = await import('/src/index.js');
  const guest = await instantiate('guest/guest.mjs', { network: 'all', env, log() {} });
  await guest.exports.lifecycle.init();
  const began = performance.now();
  await guest.exports.lifecycle.iterate(exec);
  const millis = performance.now() - began;
  guest.close();
  return millis;
};

const inBrowser = async (browser, component, exec, ws) => {
  const { url, close } = await serve(await site(component), 0);
  await browser.open(url);
  const millis = await best(() => browser.evaluate(iterate, exec, { WS: ws, COUNT: `${COUNTS[exec]}` }));
  close();
  return (COUNTS[exec] / millis) * 1000;
};

const timeOfRun = async (guest, exec, ws, count) => {
  const test = join(folder, 'test.json');
  await writeFile(test, JSON.stringify({ scenarios: { s: { executor: 'shared-iterations', guest, exec } } }));
  const began = performance.now();
  await promisify(execFile)(wasock, ['run', '--quiet', '-e', `WS=${ws}`, '-e', `COUNT=${count}`, test]);
  return performance.now() - began;
};

const inWasock = async (guest, exec, ws) => {
  // The first run compiles; what a run takes that does nothing is not the messages'.
  await timeOfRun(guest, exec, ws, 1);
  const nothing = await best(() => timeOfRun(guest, exec, ws, 1));
  const all = await best(() => timeOfRun(guest, exec, ws, COUNTS[exec]));
  return (COUNTS[exec] / (all - nothing)) * 1000;
};

const row = (...cells) => process.stdout.write(`| ${cells.join(' | ')} |\n`);

const server = spawn(wasock, ['serve', '--port', '0', '--tls-port', '0', '--json', '--quiet'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const [line] = await once(createInterface(server.stdout), 'line');
const ws = `ws://${JSON.parse(line).address}`;
const browser = await Browser.start();
row('guest', 'messages a second', 'Chromium', '`wasock run`', 'ratio');
row(...Array(5).fill('---'));
for (const guest of ['c', 'script']) {
  for (const [exec, name] of [
    ['default', 'there and back'],
    ['flood', 'pushed'],
  ]) {
    const component = `${root}target/hosts/bench/${guest}.wasm`;
    const [there, here] = [await inBrowser(browser, component, exec, ws), await inWasock(component, exec, ws)];
    row(
      guest,
      name,
      ...[there, here].map((speed) => Math.round(speed).toLocaleString('en')),
      (there / here).toFixed(2),
    );
  }
}
await browser.close();
server.kill();
await rm(folder, { recursive: true });
