// Options of a page that are wrong are refused before anything begins.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { HostError, instantiate } from '../src/index.js';

const refused = (options, message) =>
  assert.rejects(instantiate('guest/guest.mjs', options), (error) => {
    assert.ok(error instanceof HostError, String(error));
    assert.equal(error.message, message);
    return true;
  });

test('a network that cannot be understood grants nothing: it is an error', async () => {
  const expected = 'expected "all" or an object with one or more of blockHostnames, checkName';
  for (const network of ['none', 'al', true, 1, null, [], {}]) {
    await refused({ network }, `the option network is ${JSON.stringify(network)}, ${expected}`);
  }
  // A page is not told addresses, so that a rule for them would forbid nothing.
  const unknown = 'there is no option network.blacklistIPs, expected one of blockHostnames, checkName';
  await refused({ network: { blacklistIPs: ['10.0.0.0/8'] } }, unknown);
  await refused({ network: { checkName: 'a.test' } }, 'the option network.checkName is "a.test", expected a function');
});

test('an option that there is not, or that has a wrong value, is refused with what is expected', async () => {
  const names = 'network, env, log, limits, scenario, wrap';
  await refused({ netwrok: 'all' }, `there is no option netwrok, expected one of ${names}`);
  await refused({ env: { A: 1 } }, 'the option env.A is 1, expected a text');
  await refused({ limits: { sockets: 'x' } }, 'the option limits.sockets is "x", expected a whole number from 0 on');
  await refused({ wrap: {} }, 'the option wrap is {}, expected a function');
});
