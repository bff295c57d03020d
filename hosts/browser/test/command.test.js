// The command wasock-browser refuses what no page could run.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';

const command = fileURLToPath(new URL('../bin/wasock-browser.js', import.meta.url));
const node = fileURLToPath(new URL('../../node/bin/wasock-node.js', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'wasock-browser-'));
after(() => rm(folder, { recursive: true }));

/** A component that exports an interface of so many functions. */
const exporting = (name, functions) =>
  parse(`(component
    (core module $m (func (export "f"))) (core instance $i (instantiate $m))
    (func $f (canon lift (core func $i "f")))
    (instance $l ${functions.map((one) => `(export "${one}" (func $f))`).join(' ')})
    (export "${name}" (instance $l)))`);

const LIFECYCLE = 'wasock:websocket/lifecycle';

/** Runs a command with arguments. */
const run = (command, ...args) => spawnSync(process.execPath, [command, ...args], { encoding: 'utf8' });

test('a file that is no test makes no page, for the reason that wasock-node gives', async () => {
  for (const [name, content, text] of [
    ['empty', '', 'is empty'],
    ['text', 'This is text.', 'is no WebAssembly'],
    ['module', Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0), 'is a WebAssembly module, and no component'],
    ['none', await parse('(component)'), 'exports no lifecycle, so it is no test'],
    ['stageless', await exporting(`${LIFECYCLE}@0.1.0`, ['other']), 'exports no lifecycle, so it is no test'],
    ['other', await exporting('a:b/lifecycle@0.1.0', ['init']), 'exports no lifecycle, so it is no test'],
    [
      'part',
      await exporting(`${LIFECYCLE}@0.1.0`, ['init', 'setup', 'teardown']),
      `lacks iterate, handle-summary of ${LIFECYCLE}@0.1.0`,
    ],
    [
      'version',
      await exporting(`${LIFECYCLE}@0.2.0`, ['init']),
      'was built for wasock:websocket@0.2.0, and this host has 0.1.0',
    ],
    [
      'alien',
      await parse('(component (import "a:b/c@1.0.0" (instance)))'),
      'imports a:b/c@1.0.0, which this host does not have',
    ],
  ]) {
    const path = join(folder, `${name}.wasm`);
    await writeFile(path, content);
    const site = join(folder, name);
    const { status, stdout, stderr } = run(command, '-o', site, path);
    assert.deepEqual([status, stdout], [104, ''], stderr);
    const [error, hint, ...more] = stderr.trimEnd().split('\n');
    assert.equal(error, `error: ${path} ${text}`);
    assert.match(hint, /^hint: /);
    assert.deepEqual(more, []);
    assert.ok(!existsSync(site));
    const inNode = run(node, '--cache', join(folder, 'cache'), path);
    assert.deepEqual([inNode.status, inNode.stderr], [status, stderr], name);
  }
});

test('without --output nothing is served of a file that is no test', async () => {
  const path = join(folder, 'unserved.wasm');
  await writeFile(path, await exporting(`${LIFECYCLE}@0.1.0`, ['init']));
  const { status, stdout, stderr } = run(command, '--port', '0', path);
  assert.deepEqual([status, stdout], [104, '']);
  assert.match(stderr, /lacks setup, iterate, teardown, handle-summary of wasock:websocket\/lifecycle@0\.1\.0\nhint: /);
});
