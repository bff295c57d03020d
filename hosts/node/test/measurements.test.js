// What is measured is what `wasock run` measures: hosts/measurements/measurements.json has its numbers.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { hasJspi } from 'wasock-host';

import { cache, root, serve, wasock } from './server.js';

const server = await serve();
const command = fileURLToPath(new URL('../bin/wasock-node.js', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'wasock-measurements-'));
after(() => rm(folder, { recursive: true }));

const table = `${root}hosts/measurements/`;
const { cases } = JSON.parse(await readFile(`${table}measurements.json`, 'utf8'));

const compiled = new Map();
for (const script of new Set(cases.flatMap(({ script }) => script ?? []))) {
  compiled.set(script, join(folder, `${script}.wasm`));
  await promisify(execFile)(wasock, ['compile', '--quiet', table + script, '-o', compiled.get(script)]);
}

/** What the command prints as JSON, and its exit code. */
const run = async (component, env, waiting) => {
  const variables = Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
  const args = [command, '--cache', cache, '--waiting', waiting, '--metrics', 'json', ...variables, component];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (more) => (text += more));
  const [code] = await once(child, 'close');
  return { code, ...JSON.parse(text.trimEnd().split('\n').at(-1)) };
};

/** Of each metric what the table has, but for those that vary. */
const comparable = (metrics, varies) => {
  const one = ({ kind, contents, count, passes, fails }) => ({
    ...{ kind, contents },
    ...(kind === 'rate' ? { passes, fails } : { count }),
  });
  const compared = Object.entries(metrics).filter(([name]) => !varies.includes(name));
  const sorted = compared.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map(([name, sums]) => [name, one(sums)]));
};

for (const { script, guest, case: name, varies = [], exits, metrics } of cases) {
  for (const waiting of hasJspi ? ['jspi', 'blocking'] : ['blocking']) {
    test(`${script ?? guest}, ${name}: as in wasock run, by ${waiting}`, async () => {
      const component = script ? compiled.get(script) : `${root}target/guests/${guest}.wasm`;
      const env = script ? { WSS: server.ws, CASE: name } : { WSS: 'ws://127.0.0.1:9' };
      const found = await run(component, env, waiting);
      assert.deepEqual(comparable(found.metrics, varies), metrics);
      for (const name of varies) assert.ok(name in found.metrics, name);
      assert.equal(found.code, exits.hosts);
    });
  }
}
