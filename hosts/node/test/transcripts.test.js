// All guests find the facts that they find in wasock's own host, to the letter.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { hasJspi, instantiate, run } from 'wasock-host';

import { cache, guests, root, serve } from './server.js';

const server = await serve();

const expected = async (world) => {
  const text = await readFile(`${root}guests/transcripts/${world}.txt`, 'utf8');
  return text.trimEnd().split('\n');
};

const optionsOf = (lines) => ({
  cache,
  network: { blockHostnames: ['blocked.test'] },
  env: { WS: server.ws, NAME: 'croc' },
  scenario: 't',
  log: ({ line }) => lines.push(line),
});

const finds = async (component, world, options) => {
  const lines = [];
  const exec = `${world}Transcript`;
  const outcome = await run(component, { ...optionsOf(lines), exec, ...options });
  assert.deepEqual(outcome.failures, []);
  const facts = lines.filter((line) => !line.endsWith('is empty'));
  assert.deepEqual(facts, await expected(world));
  if (world === 'vu') assert.equal(outcome.metrics.transcript.count, 3);
};

for (const { language, component } of guests()) {
  for (const world of ['client', 'vu']) {
    test(`the guest in ${language} finds the facts of the world ${world}`, () => finds(component, world));
    test(
      `the guest in ${language} finds those of ${world} where its thread stops to wait`,
      { skip: !hasJspi && 'Node.js without JSPI waits so anyway' },
      () => finds(component, world, { waiting: 'blocking' }),
    );
  }
}

test('guests in one thread run beside each other', { skip: !hasJspi && 'there is no JSPI' }, async () => {
  const [{ component }] = guests();
  const facts = await expected('client');
  const find = async () => {
    const lines = [];
    const guest = await instantiate(component, optionsOf(lines));
    await guest.exports.lifecycle.init();
    await guest.exports.lifecycle.iterate('clientTranscript');
    await guest.close();
    assert.deepEqual(lines, facts);
  };
  await Promise.all([find(), find(), find()]);
});
