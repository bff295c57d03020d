// Options that are wrong are refused before anything begins; what is not granted clearly is not granted.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { HostError, hasJspi, instantiate, run } from 'wasock-host';

import { makeGuest, next } from './guest.js';
import { how } from './how.js';
import { cache, guests, serve } from './server.js';

const server = await serve();
const { component } = guests()[0];
const env = { WSS: server.ws, STAY: '300', PAUSE: '60' };
const quiet = { cache, log() {} };

/** What `run`, or `instantiate`, says to options. */
const refusal = async (options, call = run) => {
  let error;
  await assert.rejects(call(component, { ...quiet, env, ...options }), (found) => {
    error = found;
    return true;
  });
  assert.ok(error instanceof HostError, String(error));
  return error.message;
};

const RULES = 'blockHostnames, blacklistIPs, checkName, checkAddress, checkUnixSocket';

test('a network that cannot be understood grants nothing: it is an error', async () => {
  const expected = `expected "all" or an object with one or more of ${RULES}`;
  for (const network of ['none', 'al', '', true, false, 1, 0, null, [], ['all'], {}, { checkName: undefined }]) {
    const text = `the option network is ${JSON.stringify(network)}, ${expected}`;
    assert.equal(await refusal({ network }), text);
    assert.equal(await refusal({ network }, instantiate), text);
  }
  assert.match(await refusal({ network: () => 'all' }), /^the option network is a function, expected "all" or /);
  assert.match(
    await refusal({ network: new URL('ws://a.test') }),
    /^the option network is an object of the class URL, /,
  );
  for (const [network, text] of [
    [{ blockHostname: ['a.test'] }, `there is no option network.blockHostname, expected one of ${RULES}`],
    [{ blockHostnames: 'a.test' }, 'the option network.blockHostnames is "a.test", expected an array of names'],
    [
      { blockHostnames: ['*a.test'] },
      'the option network.blockHostnames is "*a.test", expected names such as example.com, *.example.com or *',
    ],
    [
      { blacklistIPs: ['10.0.0.0/33'] },
      'the option network.blacklistIPs is "10.0.0.0/33", expected an address such as 10.0.0.1, or a range of them: 10.0.0.0/8',
    ],
    [{ checkName: true }, 'the option network.checkName is true, expected a function'],
  ]) {
    assert.equal(await refusal({ network }), text);
  }
});

test('an option that there is not, or that has a wrong value, is refused with what is expected', async () => {
  const names = 'network, env, files, log, limits, tls, userAgent, waiting, thread, imports, cache, scenario';
  for (const [options, text] of [
    [{ netwrok: 'all' }, `there is no option netwrok, expected one of ${names}, exec, iterations, signal`],
    [{ iterations: -1 }, 'the option iterations is -1, expected a whole number from 1 on'],
    [{ iterations: '2' }, 'the option iterations is "2", expected a whole number from 1 on'],
    [{ exec: 1 }, 'the option exec is 1, expected a text that is not empty'],
    [{ signal: {} }, 'the option signal is {}, expected an AbortSignal'],
    [{ env: { A: 1 } }, 'the option env.A is 1, expected a text'],
    [{ env: { 'A=B': '1' } }, 'the option env has the variable "A=B", expected a name without = in it'],
    [{ env: ['A=1'] }, 'the option env is ["A=1"], expected an object with texts as values'],
    [{ files: '/tmp' }, 'the option files is "/tmp", expected an array of texts that are not empty'],
    [{ log: true }, 'the option log is true, expected a function'],
    [
      { limits: { sockts: 1 } },
      'there is no option limits.sockts, expected one of queuedBytes, queuedEvents, bufferedBytes, allBufferedBytes, queues, sockets, timers, messageSize, connectTimeout, closeTimeout',
    ],
    [{ limits: { sockets: 'x' } }, 'the option limits.sockets is "x", expected a whole number from 0 on'],
    [{ limits: { messageSize: 0 } }, 'the option limits.messageSize is 0, expected a whole number from 1 on'],
    [
      { limits: { connectTimeout: 1000 } },
      'the option limits.connectTimeout is 1000, expected a bigint of nanoseconds from 1n on',
    ],
    [{ tls: true }, 'the option tls is true, expected an object'],
    [
      { userAgent: 'a\r\nb' },
      'the option userAgent is "a\\r\\nb", expected a text of visible ASCII characters and spaces',
    ],
    [{ waiting: 'long' }, 'the option waiting is "long", expected "jspi" or "blocking"'],
    [{ thread: 1 }, 'the option thread is 1, expected true or false'],
    [{ cache: '' }, 'the option cache is "", expected a text that is not empty'],
  ]) {
    assert.equal(await refusal(options), text);
  }
  assert.equal(await refusal({ exec: 'default' }, instantiate), `there is no option exec, expected one of ${names}`);
  await assert.rejects(run(5, quiet), /^HostError: the component is 5, expected its path, its URL or its bytes$/);
  await assert.rejects(run(component, 'all'), /^HostError: the options are "all", expected an object with network, /);
});

test('what is undefined is not there', async () => {
  const options = { ...quiet, env, network: undefined, limits: { sockets: undefined }, iterations: undefined };
  const { failures } = await run(component, options);
  assert.match(failures[0].message, /^cannot connect to .*: access-denied/);
});

/** What an attempt to connect under rules comes to. */
const attempt = async (network) => {
  const guest = makeGuest({ network });
  const queue = new guest.EventQueue();
  const socket = new guest.Socket(queue);
  socket.connect(`${server.ws}/echo`, how());
  const { tag, val } = await next(queue);
  return tag === 'opened' ? tag : val.failure.code;
};

test('a rule grants by undefined alone', async () => {
  assert.equal(await attempt({ checkName: () => undefined }), 'opened');
  const denied = (val) => ({ tag: 'access-denied', val });
  assert.deepEqual(await attempt({ checkName: () => 'no' }), denied('no'));
  const expected = 'expected undefined or a text that says what forbids it';
  for (const answer of [false, true, null, '', 0]) {
    const text = `has returned ${JSON.stringify(answer)}, ${expected}`;
    assert.deepEqual(await attempt({ checkName: () => answer }), denied(`checkName ${text}`));
    assert.deepEqual(await attempt({ checkAddress: () => answer }), denied(`checkAddress ${text}`));
  }
  const fail = () => {
    throw new Error('it broke');
  };
  assert.deepEqual(await attempt({ checkAddress: fail }), denied('checkAddress has failed: it broke'));
  const later = await attempt({ checkName: async () => undefined });
  assert.deepEqual(later, denied(`checkName has returned an object of the class Promise, ${expected}`));
});

/** Rules that are methods, which no copy of the object has. */
class Rules {
  grants = [];
  checkName(host) {
    return this.grants.includes(host) ? undefined : `${host} is not in the list`;
  }
}

test('rules may be methods of a class', async () => {
  assert.deepEqual(await attempt(new Rules()), { tag: 'access-denied', val: '127.0.0.1 is not in the list' });
  const { failures } = await run(component, { ...quiet, env, network: new Rules(), waiting: 'blocking' });
  assert.match(failures[0].message, /^cannot connect to .*: access-denied/);
});

test('rules that cannot go with a guest to its thread are not lost there', { skip: !hasJspi }, async () => {
  const text = await refusal({ network: new Rules(), waiting: 'jspi' });
  assert.match(text, /^the options cannot be passed to a thread: /);
});
