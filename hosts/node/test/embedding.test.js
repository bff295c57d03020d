// The package, as embedders have it.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { HostError, hasJspi, instantiate, run, StageError } from 'wasock-host';

import { cache, guests, serve, untilSomebodyTalks } from './server.js';

const server = await serve();
const { component } = guests()[0];
const env = { WSS: server.ws, STAY: '300', PAUSE: '60' };
const quiet = { cache, network: 'all', log() {} };

test('a component is given by its path, its URL or its bytes', async () => {
  for (const given of [component, new URL(`file://${component}`), await readFile(component)]) {
    const guest = await instantiate(given, quiet);
    const { functions } = await guest.exports.lifecycle.init();
    assert.ok(functions.includes('default'));
    await guest.close();
  }
});

test('a guest reaches nothing unless it is granted', async () => {
  const { failures } = await run(component, { ...quiet, network: undefined, env });
  assert.ok(failures[0] instanceof StageError);
  assert.match(failures[0].message, /^no connection to /);
});

test('a guest is interrupted, and can be called again', async () => {
  const guest = await instantiate(component, { ...quiet, env: { ...env, STAY: '600000' } });
  const { lifecycle } = guest.exports;
  await lifecycle.init();
  const iteration = lifecycle.iterate('default', await lifecycle.setup());
  guest.interrupt();
  await assert.rejects(iteration, { tag: 'interrupted' });
  guest.resume();
  await lifecycle.teardown('{"room":"swamp"}');
  await guest.close();
});

test('a run is interrupted by its signal', async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const running = run(component, { ...quiet, env: { ...env, STAY: '600000' }, signal });
  await untilSomebodyTalks(server);
  controller.abort();
  const outcome = await running;
  assert.deepEqual(
    outcome.failures.map(({ stage, interrupted }) => [stage, interrupted]),
    [['iterate', true]],
  );
});

test('guests in threads of their own run beside each other', async () => {
  const outcomes = await Promise.all([1, 2, 3].map(() => run(component, { ...quiet, env })));
  for (const { failures, checks } of outcomes) {
    assert.deepEqual(failures, []);
    assert.deepEqual(checks['left the room'], { passes: 1, fails: 0 });
  }
});

test('imports of an embedder take the place of those of the host', {
  skip: !hasJspi && 'these need JSPI',
}, async () => {
  const lines = [];
  const console = { log: (_level, _source, line) => lines.push(`own: ${line}`), logFailure() {} };
  const guest = await instantiate(component, { ...quiet, env, imports: { 'wasock:websocket/console': console } });
  await guest.exports.lifecycle.init();
  await guest.exports.lifecycle.teardown('{"room":"swamp"}');
  assert.deepEqual(lines, ['own: the swamp is empty']);
  await guest.close();
});

test('options that cannot be are refused with a hint', async () => {
  const refused = (options) =>
    assert.rejects(instantiate(component, { ...quiet, ...options }), (error) => {
      assert.ok(error instanceof HostError && error.hint);
      return true;
    });
  await refused({ waiting: 'long' });
  await refused({ waiting: 'blocking', thread: false });
  await refused({ waiting: 'blocking', imports: {} });
  if (!hasJspi) await refused({ waiting: 'jspi' });
});

test('a component that lacks the stages of a test is no test', async () => {
  const none = Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0);
  await assert.rejects(run(none, quiet), /it exports no lifecycle, so it is no test/);
});
