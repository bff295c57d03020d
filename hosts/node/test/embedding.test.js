// The package, as embedders have it.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
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
  assert.match(failures[0].message, /^cannot connect to .*: access-denied/);
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
  await refused({ waiting: 'blocking', thread: false });
  await refused({ waiting: 'blocking', imports: {} });
  if (!hasJspi) await refused({ waiting: 'jspi' });
});

test('a component that lacks the stages of a test is no test', async () => {
  const none = Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0);
  await assert.rejects(run(none, quiet), /the component exports no lifecycle, so it is no test/);
});

/** A component of another world: it looks at the clock, and computes without end. */
const CLOCK = `(component
  (import "wasock:websocket/timers@0.1.0" (instance $timers (export "now" (func (result u64)))))
  (core func $now (canon lower (func $timers "now")))
  (core module $m
    (import "" "now" (func $now (result i64)))
    (func (export "look") (result i64) call $now)
    (func (export "loop") (loop br 0)))
  (core instance $i (instantiate $m (with "" (instance (export "now" (func $now))))))
  (func $look (result u64) (canon lift (core func $i "look")))
  (func $loop (canon lift (core func $i "loop")))
  (export "look" (func $look))
  (instance $clock (export "look-again" (func $look)) (export "loop" (func $loop)))
  (export "test:clock/clock@1.0.0" (instance $clock)))`;

test('a component may export what it likes', async () => {
  const guest = await instantiate(await parse(CLOCK), quiet);
  const before = await guest.exports.look();
  const after = await guest.exports.clock.lookAgain();
  assert.ok(before > 0n && after >= before);
  await guest.close();
});

test('a guest that computes without end is stopped', async () => {
  const guest = await instantiate(await parse(CLOCK), { ...quiet, thread: true });
  const computing = guest.exports.clock.loop();
  guest.interrupt();
  await guest.stop();
  await assert.rejects(computing, /the thread of the guest was stopped/);
  await assert.rejects(guest.exports.look(), /the thread of the guest was stopped/);
});

test('a component that imports what this host does not have is refused', async () => {
  const wat = (name) => `(component (import "${name}" (instance (export "f" (func)))))`;
  const refused = async (name, text) =>
    assert.rejects(instantiate(await parse(wat(name)), quiet), (error) => {
      assert.ok(error instanceof HostError);
      assert.equal(error.message, `the component ${text}`);
      return true;
    });
  await refused('a:b/c@1.0.0', 'imports a:b/c@1.0.0, which this host does not have');
  await refused('wasock:websocket/timers@0.2.0', 'was built for wasock:websocket@0.2.0, and this host has 0.1.0');
});
