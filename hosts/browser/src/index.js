// Guests in a page: they wait by JSPI, and their connections are the browser's.
import { Client } from 'wasock-host/core/client.js';
import { checkNetwork, NAME_RULES } from 'wasock-host/core/names.js';
import * as rule from 'wasock-host/core/options.js';
import { Execution } from 'wasock-host/core/vu/execution.js';
import { vuImports } from 'wasock-host/core/vu/imports.js';
import { counted } from 'wasock-host/core/vu/lifecycle.js';
import { Measurements } from 'wasock-host/core/vu/metrics.js';
import { Suspending } from 'wasock-host/core/waiter.js';
import { wasi } from 'wasock-host/core/wasi.js';

import { Connector, now } from './connector.js';

export { HostError } from 'wasock-host/core/host-error.js';

/** Whether this browser can suspend WebAssembly that waits for a promise. */
export const hasJspi = typeof WebAssembly.Suspending === 'function';

/** Lets the event loop of the page do what there is to do; a timer of 0 would wait for 4 ms. */
const turn = () =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });

const toConsole = ({ level, line, error }) => console[level](error === undefined ? line : `${line}: ${error}`);

const OPTIONS = {
  network: (value) => checkNetwork(value, NAME_RULES),
  env: rule.variables,
  log: rule.callable,
  limits: rule.limits,
  scenario: rule.name,
  wrap: rule.callable,
};

/**
 * Makes an instance of a component that was transpiled by `wasock-browser`.
 *
 * @param {string | URL} guest where its `guest.mjs` is
 * @param {object} [options]
 * @param {'all' | object} [options.network] where it may connect to; nowhere without it. An object may have
 *   `blockHostnames` and `checkName(host, port)`, which returns what forbids it
 * @param {Record<string, string>} [options.env] its variables
 * @param {(line: { level: string, line: string, error?: string }) => void} [options.log] takes the lines of its
 *   console; without it they go to the browser's
 * @param {object} [options.limits] bounds that differ from the defaults
 * @param {string} [options.scenario] the name of the scenario that it is told
 * @param {(imports: object) => object} [options.wrap] changes what it imports
 * @returns `exports`, `interrupt()`, `resume()`, `report()` and `close()`, as `wasock-host` has them
 * @throws {HostError} an option is wrong
 */
export const instantiate = async (guest, given = {}) => {
  rule.checkOptions(given, OPTIONS);
  const { log = toConsole, env = {}, wrap = (imports) => imports, ...options } = given;
  if (!hasJspi) throw new Error('this browser has no JSPI; Chromium has from version 137 on');
  const connector = new Connector(options);
  const waiter = new Suspending(now, turn);
  let interrupted = false;
  const interrupt = () => {
    interrupted = true;
    waiter.wake();
  };
  const client = new Client({ connector, waiter, now, isInterrupted: () => interrupted, limits: options.limits });
  const measurements = new Measurements((line) => log({ level: 'warn', source: 'runtime', line }));
  const execution = new Execution(options.scenario);
  const closed = wasi(client, { env, write: log });
  const vu = vuImports(client, { write: log, env, measurements, execution, interrupt });
  const base = new URL(guest, document.baseURI);
  const module = await import(base);
  const compile = (name) => WebAssembly.compileStreaming(fetch(new URL(name, base)));
  const exports = await module.instantiate(compile, wrap({ ...closed.imports, ...vu }));
  const report = async () => {
    closed.flush();
    return { ...measurements.report(), verdict: execution.verdict };
  };
  const resume = () => {
    interrupted = false;
  };
  return {
    exports: counted(exports, execution, measurements),
    interrupt,
    resume,
    report,
    close: () => {
      client.leave();
      measurements.leave();
      connector.close();
    },
  };
};
