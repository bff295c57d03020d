// What a guest can see of connections, on real ones.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';

import { WebSocketServer } from 'ws';

import { makeGuest, next, open, refusal } from './guest.js';
import { how, millis } from './how.js';
import { serve } from './server.js';

const server = await serve();

/** Connects, and returns the event that comes of it. */
const attempt = async (guest, url, options) => {
  const queue = new guest.EventQueue();
  const socket = new guest.Socket(queue);
  socket.connect(url, how(options));
  return next(queue);
};

const failureOf = async (guest, url, options) => {
  const { tag, val } = await attempt(guest, url, options);
  assert.equal(tag, 'failed');
  return val.failure;
};

test('nothing is granted unless somebody grants it', async () => {
  const guest = makeGuest({ network: undefined });
  const { code } = await failureOf(guest, 'ws://127.0.0.1:8/');
  assert.deepEqual(code, { tag: 'access-denied', val: 'no network is granted, so 127.0.0.1:8 cannot be reached' });
});

test('names and addresses can be forbidden', async () => {
  const network = {
    blockHostnames: ['*.bad.test'],
    blacklistIPs: ['127.0.0.0/8'],
    checkName: (name) => (name === 'no.test' ? 'no' : undefined),
  };
  const guest = makeGuest({ network });
  const denied = async (url) => (await failureOf(guest, url)).code.val;
  assert.equal(await denied('ws://very.bad.test/'), 'hostname (very.bad.test) is in a blocked pattern (*.bad.test)');
  assert.equal(await denied(server.ws), 'IP (127.0.0.1) is in a blacklisted range (127.0.0.0/8)');
  assert.equal(await denied('ws://no.test/'), 'no');
  assert.equal(await denied('ws+unix:///run/a.sock:/'), 'the Unix socket /run/a.sock is not granted');
});

test('a name without an address is told', async () => {
  const { code } = await failureOf(makeGuest(), 'ws://nobody.invalid/');
  assert.deepEqual(code, { tag: 'name-unresolvable' });
});

test('a certificate that nobody has signed is refused, and accepted from whoever trusts it', async () => {
  const refused = await failureOf(makeGuest(), `${server.wss}/echo`);
  assert.equal(refused.code.tag, 'tls');
  assert.equal(refused.address, new URL(server.wss).host);
  const guest = makeGuest({ tls: { ca: server.certificate } });
  const { tag, val } = await attempt(guest, `${server.wss}/echo`);
  assert.equal(tag, 'opened');
  const { started, resolved, connected, secured, finished } = val.timings;
  assert.ok(started > 0n && resolved <= connected && connected < secured && secured < finished);
});

test('header fields are sent as they are written, and those of the answer are told', async () => {
  const guest = makeGuest();
  const queue = new guest.EventQueue();
  const headers = [
    { name: 'X-Croc', value: 'snap ✓' },
    { name: 'X-Croc', value: 'again' },
  ];
  const { opened } = await open(guest, queue, `${server.ws}/headers`, { headers });
  const fields = JSON.parse((await next(queue)).val.data);
  assert.match(JSON.stringify(fields), /snap ✓.*again/);
  assert.match(JSON.stringify(fields), /"test"/, 'the user agent');
  assert.ok(opened.handshake.headers.some(({ name }) => name.toLowerCase() === 'sec-websocket-accept'));
});

test('the beginning of a refusal comes with it', async () => {
  const { val } = await attempt(makeGuest(), `${server.ws}/not-websocket`);
  assert.equal(Buffer.from(val.handshake.body).toString(), 'This is not a WebSocket.\n');
});

test('messages are compressed where both sides want that', async () => {
  const guest = makeGuest();
  const queue = new guest.EventQueue();
  const deflate = { serverNoContextTakeover: true, clientNoContextTakeover: false };
  const { socket, opened } = await open(guest, queue, `${server.ws}/deflate`, { deflate });
  assert.match(opened.handshake.extensions, /permessage-deflate.*server_no_context_takeover/);
  const texts = Array.from({ length: 50 }, (_, number) => `${number} ${'snap '.repeat(200)}`);
  for (const text of texts) await socket.sendText(text);
  for (const text of texts) assert.equal((await next(queue)).val.data, text);
  socket.close(4000, 'enough');
  assert.equal((await next(queue)).val.code, 4000);
});

test('any close code goes onto the wire', async () => {
  const wss = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(wss, 'listening');
  const guest = makeGuest();
  const queue = new guest.EventQueue();
  const connected = once(wss, 'connection');
  const { socket } = await open(guest, queue, `ws://127.0.0.1:${wss.address().port}`);
  const [peer] = await connected;
  const complaint = once(peer, 'error');
  socket.close(999, '');
  const [error] = await complaint;
  assert.match(error.message, /invalid status code 999/);
  wss.close();
});

test('a peer that does not answer a close frame is given its time', async () => {
  const guest = makeGuest();
  const queue = new guest.EventQueue();
  const { socket } = await open(guest, queue, `${server.ws}/silent`, { closeTimeout: millis(50) });
  socket.close(1000, '');
  const { val } = await next(queue);
  assert.deepEqual([val.code, val.wasClean, val.failure.code], [1006, false, { tag: 'timeout' }]);
});

test('the answer to a close frame waits for the guest, and what it sends until then still leaves', async () => {
  const wss = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(wss, 'listening');
  const guest = makeGuest();
  const queue = new guest.EventQueue();
  const connected = once(wss, 'connection');
  const { socket } = await open(guest, queue, `ws://127.0.0.1:${wss.address().port}`, { holdCloseAnswer: true });
  const [peer] = await connected;
  const heard = once(peer, 'message');
  peer.send('last question');
  peer.close(4001, 'bye');
  assert.equal((await next(queue)).val.data, 'last question');
  // The close frame is here before this is over.
  await queue.wait(0, millis(50));
  assert.equal(socket.state(), 'open');
  await socket.sendText('last answer');
  assert.equal(String((await heard)[0]), 'last answer');
  const { val } = await next(queue);
  assert.deepEqual([val.code, val.reason, val.wasClean], [4001, 'bye', true]);
  wss.close();
});

test('pings at an interval are answered, and a peer that is silent is lost', async () => {
  const guest = makeGuest();
  const queue = new guest.EventQueue();
  const options = { pingInterval: millis(10), pongTimeout: millis(2000) };
  const { socket } = await open(guest, queue, `${server.ws}/echo`, options);
  for (const number of [0, 1, 2]) {
    const { tag, val } = await next(queue);
    assert.deepEqual([tag, Buffer.from(val.data).toString()], ['pong', `interval-${number}`]);
  }
  socket.drop();
  await open(guest, queue, `${server.ws}/silent`, { pingInterval: millis(10), pongTimeout: millis(30) });
  const { val } = await next(queue);
  assert.deepEqual(val.failure.code, { tag: 'other', val: 'no pong came within 30ms' });
});

test('nothing follows the drop of a socket, and events of others stay in order', async () => {
  const guest = makeGuest();
  const queue = new guest.EventQueue();
  const { socket: dropped } = await open(guest, queue, `${server.ws}/echo`);
  const { socket: kept } = await open(guest, queue, `${server.ws}/echo`);
  for (let number = 0; number < 20; number += 1) {
    await dropped.sendText('to nobody');
    await kept.sendText(String(number));
  }
  await queue.wait(0, millis(50));
  dropped.drop();
  const events = [];
  while (events.length < 20) events.push(...(await queue.wait(64, undefined)));
  assert.deepEqual(
    events.map(({ val }) => [val.socket, val.data]),
    Array.from({ length: 20 }, (_, n) => [2, String(n)]),
  );
  assert.deepEqual(await queue.wait(64, millis(20)), []);
});

test('a queue that is dropped holds nobody up', async () => {
  const guest = makeGuest();
  const queue = new guest.EventQueue();
  const { socket } = await open(guest, queue, `${server.ws}/push?n=40000&size=100`);
  queue.drop();
  const other = new guest.EventQueue();
  for (let tries = 0; socket.state() !== 'closed' && tries < 500; tries += 1) await other.wait(0, millis(10));
  assert.equal(socket.state(), 'closed');
});

test('sockets that are not closed are counted', async () => {
  const guest = makeGuest({ limits: { sockets: 1 } });
  const queue = new guest.EventQueue();
  const { socket } = await open(guest, queue, `${server.ws}/echo`);
  const second = new guest.Socket(queue);
  const refused = await refusal(() => second.connect(`${server.ws}/echo`, how()));
  assert.deepEqual(refused, { tag: 'limit-reached', val: 'the limit of 1 open sockets is reached' });
  socket.drop();
  second.connect(`${server.ws}/echo`, how());
  assert.equal((await next(queue)).tag, 'opened');
});

test('a handshake that is too large is refused before anything is dialled', async () => {
  const guest = makeGuest();
  const socket = new guest.Socket(new guest.EventQueue());
  const headers = [{ name: 'X-Large', value: 'x'.repeat(300_000) }];
  const { tag, val } = await refusal(() => socket.connect(server.ws, how({ headers })));
  assert.equal(tag, 'limit-reached');
  assert.match(val, /have 30\d+ bytes, and 262144 is the most$/);
  assert.equal(socket.state(), 'unconnected');
});

test('a server that ends without an answer is no reset', async () => {
  const silent = createServer((stream) => stream.end());
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { code } = await failureOf(makeGuest(), `ws://127.0.0.1:${silent.address().port}`);
  assert.deepEqual(code, { tag: 'unexpected-end' });
  silent.close();
});

test('a connection that is reset says so', async () => {
  const guest = makeGuest();
  const queue = new guest.EventQueue();
  const { socket } = await open(guest, queue, `${server.ws}/reset`);
  await socket.sendText('x');
  const { val } = await next(queue);
  assert.deepEqual([val.code, val.failure.code], [1006, { tag: 'connection-reset' }]);
  assert.equal(val.failure.address, server.address);
});

test('an attempt that is given up before it has an address connects to nobody', async () => {
  const guest = makeGuest();
  const queue = new guest.EventQueue();
  const socket = new guest.Socket(queue);
  socket.connect(`${server.ws}/echo`, how());
  socket.abort();
  const { tag, val } = await next(queue);
  assert.deepEqual([tag, val.failure.code.tag], ['failed', 'other']);
  // The next attempt goes the same way, behind the one before.
  await open(guest, queue, `${server.ws}/echo`);
  const { sent } = guest.connector.traffic;
  const one = makeGuest();
  await open(one, new one.EventQueue(), `${server.ws}/echo`);
  assert.equal(sent, one.connector.traffic.sent);
});
