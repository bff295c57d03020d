// Jars keep and send what those of `wasock run` do: hosts/cookies/cookies.txt has its lines.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';

import { hasJspi, run } from 'wasock-host';

import { cookiesOf } from '../src/cookies.js';
import { cache, root, serve, wasock } from './server.js';

const server = await serve();
const folder = await mkdtemp(join(tmpdir(), 'wasock-cookies-'));
after(() => rm(folder, { recursive: true }));

const component = join(folder, 'cookies.wasm');
await promisify(execFile)(wasock, ['compile', '--quiet', `${root}hosts/cookies/cookies.js`, '-o', component]);

/** The lines that two iterations write. */
const linesOf = async (env, waiting) => {
  const lines = [];
  const log = ({ line }) => lines.push(line);
  const how = { cache, network: 'all', waiting, iterations: 2, log };
  const { failures } = await run(component, { ...how, env: { SERVER: `http://${server.address}`, ...env } });
  assert.deepEqual(failures, []);
  return lines;
};

for (const waiting of hasJspi ? ['jspi', 'blocking'] : ['blocking']) {
  test(`cookies are those of wasock run, by ${waiting}`, async () => {
    const expected = (await readFile(`${root}hosts/cookies/cookies.txt`, 'utf8')).trimEnd().split('\n');
    assert.deepEqual(await linesOf({}, waiting), [...expected, ...expected]);
  });
}

test('an iteration has the cookies of the one before if the guest keeps them', async () => {
  const begins = (await linesOf({ KEEP: 'yes' })).filter((line) => line.startsWith('at the beginning: '));
  assert.deepEqual(begins, ['at the beginning: none', 'at the beginning: a=1; b=2; c="3"; e=; g=6; h=7']);
});

const NONE = { secure: false, httpOnly: false };

test('a jar has a bound, and cookies that have expired make room', () => {
  const jar = new (cookiesOf().imports.Jar)();
  const url = 'https://a.test/';
  const fields = Array.from({ length: 2999 }, (_, number) => `c${number}=1`);
  jar.store(url, [...fields, 'gone=1; Max-Age=0']);
  jar.set(url, 'last', '1', NONE);
  assert.equal(jar.cookies(url).length, 3000);
  const refused = (error) => error === 'the cookie more cannot be set: the jar has 3000 cookies, which is the most';
  assert.throws(() => jar.set(url, 'more', '1', NONE), refused);
  jar.remove(url, 'c1');
  jar.set(url, 'more', '1', NONE);
  assert.ok(jar.cookies(url).some(([name]) => name === 'more'));
});
