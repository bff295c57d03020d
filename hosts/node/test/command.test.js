// The command wasock-node, as a user has it.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';

import { cache, guests, serve, untilSomebodyTalks, wasock } from './server.js';

const server = await serve();
const command = fileURLToPath(new URL('../bin/wasock-node.js', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'wasock-node-'));
after(() => rm(folder, { recursive: true }));

/** The guest in C: it is the quickest to make, and has a function that fails in the way that it is told to. */
const { component } = guests()[0];

/** Starts the command. */
const start = (...args) => spawn(process.execPath, [command, '--cache', cache, ...args]);

/** What became of it. */
const ended = async (child) => {
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) child[name].setEncoding('utf8').on('data', (text) => (texts[name] += text));
  const [code, signal] = await once(child, 'close');
  return { ...texts, code, signal };
};

const run = (...args) => ended(start(...args));

test('help has every option, and examples that the command takes', async () => {
  const { code, stdout, stderr } = await run('--help');
  assert.deepEqual([code, stderr], [0, '']);
  for (const option of [
    '--exec',
    '--env',
    '--iterations',
    '--allow-read',
    '--block-hostnames',
    '--waiting',
    '--cache',
  ]) {
    assert.ok(stdout.includes(option), option);
  }
  const examples = stdout.match(/^ {4}wasock-node .*$/gm);
  assert.equal(examples.length, 3);
  for (const example of examples) {
    const [, ...args] = example.trim().replace(/ \|.*/, '').split(' ');
    const given = args.map((arg) => (arg.endsWith('.wasm') ? join(folder, 'none.wasm') : arg));
    assert.match((await run(...given)).stderr, /none\.wasm cannot be read: there is no such file/);
  }
});

test('a guest is run, its lines are printed, and what it measured is told', async () => {
  const env = ['-e', `WSS=${server.ws}`, '-e', 'STAY=300', '-e', 'PAUSE=60'];
  const asText = await run(...env, component);
  assert.deepEqual([asText.code, asText.stdout], [0, 'the swamp is empty\n'], asText.stderr);
  assert.match(asText.stderr, /^ {2}✓ left the room$/m);
  assert.match(asText.stderr, /^ {2}checks\.+: 100\.00% /m);
  const asJson = await run(...env, '--metrics', 'json', '-i', '2', component);
  assert.equal(asJson.stderr, '');
  const [line, json] = asJson.stdout.trimEnd().split('\n');
  assert.equal(line, 'the swamp is empty');
  const { metrics, checks } = JSON.parse(json);
  assert.deepEqual([metrics.iterations.count, checks['left the room']], [2, { passes: 2, fails: 0 }]);
});

test('what is wrong is told, with a hint where there is one', async () => {
  const notWasm = join(folder, 'text.wasm');
  await writeFile(notWasm, 'This is text.');
  const module = join(folder, 'module.wasm');
  await writeFile(module, Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
  const broken = join(folder, 'broken.wasm');
  await writeFile(broken, Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0, 9, 9, 9));
  const cases = [
    [[], 'the component is missing'],
    [['a.wasm', 'b.wasm'], 'there is more than one component: a.wasm, b.wasm'],
    [['--nonsense', 'a.wasm'], "unknown option '--nonsense'"],
    [['-e', 'NAME', 'a.wasm'], '-e "NAME": write NAME=VALUE'],
    [['-i', '0', 'a.wasm'], '-i "0": it is a number from 1 on'],
    [['--metrics', 'xml', 'a.wasm'], '--metrics "xml": there are text, json, none'],
    [['--waiting', 'long', component], '--waiting "long": there are jspi, blocking'],
    [
      ['--blacklist-ip', 'here', component],
      '--blacklist-ip "here": write addresses and ranges such as 10.0.0.1, 10.0.0.0/8',
    ],
    [['--block-hostnames', 'a*.test', component], '--block-hostnames "a*.test": write names such as example.com'],
    [[folder], `${folder} cannot be read: `],
    [[notWasm], `${notWasm} is no WebAssembly`],
    [[module], `${module} is a WebAssembly module, and no component`],
    [[broken], `${broken} is no sound component: `],
  ];
  for (const [args, text] of cases) {
    const { code, stdout, stderr } = await run(...args);
    assert.deepEqual([code, stdout], [104, ''], args.join(' '));
    assert.ok(stderr.startsWith(`error: ${text}`), `${args.join(' ')}: ${stderr}`);
    assert.ok(!stderr.includes('    at '), stderr);
  }
  assert.match((await run('--nonsense')).stderr, /^hint: wasock-node --help has the options, with examples$/m);
});

test('a stage that fails is told with its exception', async () => {
  const { code, stderr } = await run('-e', 'WSS=ws://127.0.0.1:1', component);
  assert.equal(code, 107);
  assert.match(stderr, /^error: iterate failed: .*ws:\/\/127\.0\.0\.1:1\/protocol/m);
  const missing = await run('--exec', 'nonsense', component);
  assert.equal(missing.code, 104);
  assert.match(missing.stderr, /^error: the guest has no function "nonsense"\nhint: there are default, /);
});

test('each kind of file that is no test is told in words, with a hint', async () => {
  const good = await readFile(component);
  const damaged = Uint8Array.from(good);
  // In the code of a function.
  for (const place of [30_000, 30_001]) damaged[place] ^= 0xff;
  const lifecycle = 'wasock:websocket/lifecycle';
  const stage = `(core module $m (func (export "f"))) (core instance $i (instantiate $m))
    (func $f (canon lift (core func $i "f"))) (instance $l (export "init" (func $f)))`;
  const files = [
    ['empty', '', 'is empty', 'build the component anew'],
    ['text', 'hello\n', 'is no WebAssembly', 'wasock compile makes '],
    ['wat', '(component)', 'is WebAssembly as text', 'wasm-tools parse makes '],
    ['short', good.subarray(0, 4), 'is cut off', 'build the component anew'],
    ['cut', good.subarray(0, 20_000), 'is no sound component: ', 'build it anew'],
    ['damaged', damaged, 'is no sound component: ', 'build it anew'],
    ['none', await parse('(component)'), 'exports no lifecycle, so it is no test', 'build it for the world vu'],
    ['alone', await parse('(component (import "hello" (func)))'), 'imports hello, which this host does ', 'it has '],
    ['other', await parse('(component (import "a:b/c@1.0.0" (instance)))'), 'imports a:b/c@1.0.0, which ', 'it has '],
    [
      'lacks',
      await parse(`(component ${stage} (export "${lifecycle}@0.1.0" (instance $l)))`),
      'lacks setup, ',
      'build ',
    ],
    [
      'version',
      await parse(`(component ${stage} (export "${lifecycle}@0.2.0" (instance $l)))`),
      'was built for wasock:websocket@0.2.0, and this host has 0.1.0',
      'wit/ has changed since',
    ],
  ];
  for (const [name, content, text, hint] of files) {
    const path = join(folder, `${name}.wasm`);
    await writeFile(path, content);
    const { code, stdout, stderr } = await run(path);
    assert.deepEqual([code, stdout], [104, ''], `${name}: ${stderr}`);
    assert.ok(stderr.startsWith(`error: ${path} ${text}`), `${name}: ${stderr}`);
    assert.ok(stderr.split('\n')[1].startsWith(`hint: ${hint}`), `${name}: ${stderr}`);
    assert.equal(stderr.trimEnd().split('\n').length, 2, stderr);
  }
});

test('the command ends after an error, whatever is still open', async () => {
  const open = join(folder, 'open.mjs');
  await writeFile(open, 'setInterval(() => {}, 1000);');
  for (const args of [['--exec', 'nope', component], ['--nonsense'], ['-e', 'WSS=ws://127.0.0.1:1', component]]) {
    const all = ['--import', open, command, '--cache', cache, ...args];
    const { code, signal } = await ended(spawn(process.execPath, all, { timeout: 60_000 }));
    assert.equal(signal, null);
    assert.ok(code === 104 || code === 107);
  }
});

test('a guest that breaks down is told, and the command ends', async () => {
  for (const fault of ['error', 'trap', 'abort', 'stack', 'memory']) {
    const { code, stderr } = await run('--exec', 'fault', '-e', `FAULT=${fault}`, '-i', '2', component);
    assert.equal(code, 107, `${fault}: ${stderr}`);
    const expected =
      fault === 'error'
        ? /^error: iterate failed: it went wrong$/m
        : /^error: iterate failed: the guest was stopped: /m;
    assert.match(stderr, expected, fault);
  }
});

test('Ctrl-C interrupts what waits, the end of the test runs, and the command ends', async () => {
  for (const { language, component } of guests()) {
    const child = start(
      '-e',
      `WSS=${server.ws}`,
      '-e',
      'STAY=600000',
      '-e',
      'PAUSE=30',
      '--metrics',
      'json',
      component,
    );
    const outcome = ended(child);
    await untilSomebodyTalks(server);
    child.kill('SIGINT');
    const { code, stdout, stderr } = await outcome;
    assert.equal(code, 105, `${language}: ${stderr}`);
    assert.match(stdout, /^the swamp is empty$/m, language);
  }
});

test('a script that wasock has compiled is run, and one that computes without end is interrupted', async () => {
  const script = join(folder, 'script.js');
  await writeFile(script, "export default function () { console.log('begun'); while (__ENV.LOOP) {} }");
  const compiled = join(folder, 'script.wasm');
  await promisify(execFile)(wasock, ['compile', '--quiet', script, '-o', compiled]);
  assert.deepEqual(await run('--metrics', 'none', compiled), { code: 0, signal: null, stdout: 'begun\n', stderr: '' });
  const child = start('--metrics', 'none', '-e', 'LOOP=yes', compiled);
  const outcome = ended(child);
  await once(child.stdout, 'data');
  child.kill('SIGINT');
  assert.equal((await outcome).code, 105);
});

test('a file is read if it is granted', async () => {
  const { filesOf } = await import('../src/files.js');
  const path = join(folder, 'data.txt');
  await writeFile(path, 'snap');
  const open = filesOf([folder]);
  assert.equal(Buffer.from(open.read(path, '')).toString(), 'snap');
  assert.equal(Buffer.from(open.read('data.txt', `file://${folder}/test.js`)).toString(), 'snap');
  const refused = (call, text) => assert.throws(call, (error) => error === text);
  refused(() => filesOf().read(path, ''), `cannot open "${path}": the run does not grant "${path}"`);
  refused(
    () => open.read(`${folder}/../x`, ''),
    `cannot open "${folder}/../x": the run does not grant "${join(folder, '../x')}"`,
  );
  refused(() => open.read(`${path}.none`, ''), `cannot open "${path}.none": there is no file "${path}.none"`);
  refused(
    () => open.read('https://a.test/x', ''),
    'cannot open "https://a.test/x": only files can be opened, by a path or a URL that begins with file://',
  );
});
