// Measures guests in headless Chromium beside `wasock run`, and prints a table: `make bench-browser`. Times are those of
// the clock, as a browser has many processes. The guests are in target/hosts/bench.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { componentOf, row, shown, start, testOf, WORKS, wasock } from '../../node/bench/common.js';
import { Browser } from '../test/chromium.js';
import { serve } from '../tool/serve.js';
import { site } from '../tool/site.js';

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
  const test = await testOf(guest, exec);
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

const { ws, end } = await start();
const browser = await Browser.start();
row('guest', 'messages a second', 'Chromium', '`wasock run`', 'ratio');
row(...Array(5).fill('---'));
for (const { guest, exec, name } of WORKS) {
  const component = componentOf(guest);
  const [there, here] = [await inBrowser(browser, component, exec, ws), await inWasock(component, exec, ws)];
  row(guest, name, shown(there), shown(here), (there / here).toFixed(2));
}
await browser.close();
await end();
