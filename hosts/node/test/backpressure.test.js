// What keeps the memory flat: senders that are faster than a guest, and guests that are faster than a peer.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { MessageChannel, Worker } from 'node:worker_threads';

import { WebSocketServer } from 'ws';

import { Connector } from '../src/connector.js';
import { Signal } from '../src/thread/signal.js';
import { Switchboard } from '../src/thread/switchboard.js';
import { turn } from '../src/turn.js';
import { makeGuest, open, refusal } from './guest.js';
import { millis } from './how.js';
import { serve } from './server.js';

const server = await serve();

const MESSAGES = 200_000;
const SIZE = 1000;

/** One read, which may go in when the queue is nearly full: Node reads 64 KiB at a time. */
const READ = 65_536;

/** How much the memory may grow while 200 MB are pushed: garbage waits for a while to be collected. */
const MOST_GROWTH = 100 << 20;

/** Turns of the event loop, in which whoever does not stop would go on. */
const LONG_ENOUGH = 1000;

const turns = async (count) => {
  for (let number = 0; number < count; number += 1) await turn();
};

const PUSH = `${server.ws}/push?n=${MESSAGES}&size=${SIZE}`;

test('a fast sender is slowed down, the memory stays flat, and no message is lost', async () => {
  const guest = makeGuest();
  const queue = new guest.EventQueue();
  await open(guest, queue, PUSH);
  const before = process.memoryUsage().rss;
  const waiting = () => guest.connector.waiting(queue.number);
  while (waiting().bytes < 1 << 20) await turn();
  await turns(LONG_ENOUGH);
  const { bytes, events } = waiting();
  assert.ok(bytes < (1 << 20) + READ, `${bytes} bytes wait`);
  assert.ok(events < 16_384);
  let received = 0;
  for (;;) {
    const batch = await queue.wait(64, undefined);
    for (const { tag, val } of batch) {
      if (tag === 'closed') {
        assert.deepEqual([received, val.code], [MESSAGES, 1000]);
        const growth = process.memoryUsage().rss - before;
        assert.ok(growth < MOST_GROWTH, `the memory has grown by ${growth} bytes`);
        return;
      }
      assert.equal(Number.parseInt(val.data, 10), received);
      received += 1;
    }
  }
});

test('the same holds for a guest whose thread stops, which takes nothing while it computes', async (t) => {
  const { port1, port2 } = new MessageChannel();
  const signal = new Signal();
  const connector = new Connector({ network: 'all', userAgent: 'test' });
  const switchboard = new Switchboard(port1, signal, connector);
  const released = new Int32Array(new SharedArrayBuffer(4));
  const workerData = { port: port2, shared: signal.shared, url: PUSH, released };
  const before = process.memoryUsage().rss;
  const worker = new Worker(new URL('slow-guest.js', import.meta.url), { workerData, transferList: [port2] });
  t.after(() => Promise.all([worker.terminate(), switchboard.close()]));
  await once(worker, 'message');
  while (connector.waiting(1).bytes < 1 << 20) await turn();
  await turns(LONG_ENOUGH);
  const { bytes } = connector.waiting(1);
  assert.ok(bytes < (1 << 20) + READ, `${bytes} bytes wait`);
  Atomics.store(released, 0, 1);
  const [received] = await once(worker, 'message');
  const growth = process.memoryUsage().rss - before;
  assert.deepEqual(received, { messages: MESSAGES, inOrder: true });
  assert.ok(growth < MOST_GROWTH, `the memory has grown by ${growth} bytes`);
});

test('a guest that sends more than its peer takes is held up until it does', async () => {
  const wss = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(wss, 'listening');
  const guest = makeGuest({ limits: { bufferedBytes: 1 << 20 } });
  const queue = new guest.EventQueue();
  const connected = once(wss, 'connection');
  const { socket } = await open(guest, queue, `ws://127.0.0.1:${wss.address().port}`);
  const [peer] = await connected;
  peer.pause();
  let sent = 0;
  const sending = (async () => {
    for (; sent < 400; sent += 1) await socket.sendBinary(new Uint8Array(1 << 16));
  })();
  while (socket.bufferedAmount() < 1n << 20n) await turn();
  await turns(LONG_ENOUGH);
  assert.ok(sent < 400, 'the guest is held up');
  assert.ok(socket.bufferedAmount() >= 1n << 20n);
  const { tag, val } = await refusal(() => socket.ping(new Uint8Array()));
  assert.equal(tag, 'limit-reached');
  assert.match(val, /^the limit of 1048576 bytes or 16384 frames that wait to be sent on a socket/);
  peer.resume();
  await sending;
  assert.equal(sent, 400);
  for (let tries = 0; socket.bufferedAmount() > 0n && tries < 500; tries += 1) await queue.wait(0, millis(10));
  assert.equal(socket.bufferedAmount(), 0n);
  peer.terminate();
  wss.close();
});

test('whoever is held up when it is asked to finish goes on', async () => {
  const wss = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(wss, 'listening');
  const guest = makeGuest({ limits: { bufferedBytes: 1 << 16 } });
  const queue = new guest.EventQueue();
  const connected = once(wss, 'connection');
  const { socket } = await open(guest, queue, `ws://127.0.0.1:${wss.address().port}`);
  const [peer] = await connected;
  peer.pause();
  const flooding = refusal(async () => {
    for (;;) await socket.sendBinary(new Uint8Array(1 << 16));
  });
  while (socket.bufferedAmount() < 1n << 16n) await turn();
  await turns(LONG_ENOUGH);
  guest.interrupted = true;
  guest.waiter.wake();
  assert.equal((await flooding).tag, 'limit-reached');
  peer.terminate();
  wss.close();
});
