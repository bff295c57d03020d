// One guest, in the thread in which it runs.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Client } from '../core/client.js';
import { HostError } from '../core/host-error.js';
import { Execution } from '../core/vu/execution.js';
import { vuImports } from '../core/vu/imports.js';
import { counted } from '../core/vu/lifecycle.js';
import { Measurements } from '../core/vu/metrics.js';
import { wasi } from '../core/wasi.js';
import { cookiesOf } from './cookies.js';
import { filesOf } from './files.js';
import { httpOf } from './http/request.js';

/**
 * Makes an instance of a component.
 *
 * @param {{ folder: string, url: string, name: string }} files of `transpiled`
 * @param {object} parts
 * @param {object} parts.connector opens its connections; `traffic` is what they have carried, unless that is told later
 * @param {object} parts.waiter how it waits
 * @param {() => bigint} parts.now the clock
 * @param {() => boolean} parts.isInterrupted whether it is asked to finish
 * @param {() => void} parts.interrupt asks it to finish
 * @param {(line: object) => void} parts.write takes the lines of its console
 * @param {object} options `env`, `files`, `limits`, `scenario`, `imports`
 * @returns its exports, `report(traffic)` of what it measured, and `leave()`, which ends what it has open
 */
export const makeGuest = async (files, parts, options) => {
  const { write } = parts;
  const env = options.env ?? {};
  const client = new Client({ ...parts, limits: options.limits });
  const measurements = new Measurements((line) => write({ level: 'warn', source: 'runtime', line }));
  const execution = new Execution(options.scenario);
  const cookies = cookiesOf();
  const http = httpOf(client);
  const closed = wasi(client, { env, write });
  const vu = vuImports(client, {
    ...{ write, env, measurements, execution, interrupt: parts.interrupt },
    files: filesOf(options.files),
    cookies: cookies.imports,
    http: http.imports,
  });
  const { instantiate } = await import(files.url);
  const compile = async (name) => WebAssembly.compile(await readFile(join(files.folder, name)));
  const imports = { ...closed.imports, ...vu, ...options.imports };
  let exports;
  try {
    exports = await instantiate(compile, imports);
  } catch (error) {
    const hint = 'it asks for more than this host has, or is damaged: build it anew';
    throw new HostError(`${files.name} cannot be started: ${error?.message ?? error}`, hint);
  }
  const report = (traffic = parts.connector.traffic) => {
    parts.waiter.poll();
    closed.flush();
    measurements.carried(traffic);
    return { ...measurements.report(), verdict: execution.verdict };
  };
  const leave = () => {
    client.leave();
    http.leave();
    measurements.leave();
  };
  const onIteration = () => {
    if (execution.option('noCookiesReset') !== true) cookies.renew();
  };
  return { exports: counted(exports, execution, measurements, onIteration), report, leave };
};
