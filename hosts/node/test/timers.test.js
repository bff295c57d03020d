// Timers on a clock that the test moves.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { makeGuest, next, refusal } from './guest.js';
import { millis } from './how.js';

/** A guest whose clock stands still until it is moved, to so many milliseconds. */
const atRest = (options) => {
  let time = 0n;
  const guest = makeGuest({ clock: () => time, ...options });
  return Object.assign(guest, { moveTo: (count) => (time = millis(count)), queue: new guest.EventQueue() });
};

const fired = (timer, due, missed = 0n) => ({ tag: 'timer', val: { timer, due: millis(due), missed } });

test('timers fire in the order in which they are due', async () => {
  const { Timer, queue, moveTo } = atRest();
  const timers = [30, 10, 20].map((first) => new Timer(queue, millis(first), undefined));
  moveTo(30);
  assert.deepEqual(await queue.wait(9, undefined), [fired(2, 10), fired(3, 20), fired(1, 30)]);
  assert.deepEqual(
    timers.map((timer) => timer.id()),
    [1, 2, 3],
  );
});

test('one event of a timer waits, and says how many periods went by unseen', async () => {
  const { Timer, queue, moveTo } = atRest();
  new Timer(queue, millis(10), millis(5));
  moveTo(31);
  assert.deepEqual(await queue.wait(9, undefined), [fired(1, 10, 4n)]);
  moveTo(36);
  assert.deepEqual(await queue.wait(9, undefined), [fired(1, 35)]);
});

test('periods do not drift, and none is shorter than a millisecond', async () => {
  const { Timer, queue, moveTo } = atRest();
  new Timer(queue, 0n, 1n);
  const dues = [];
  for (let count = 1; count <= 5; count += 1) {
    moveTo(count);
    dues.push((await next(queue)).val.due);
  }
  assert.deepEqual(dues, [0, 2, 3, 4, 5].map(millis));
});

test('what is due before a timer is dropped is delivered, what is due later is not', async () => {
  const { Timer, queue, moveTo } = atRest();
  const [first, second] = [5, 15].map((due) => new Timer(queue, millis(due), millis(1)));
  moveTo(7);
  first.drop();
  second.drop();
  moveTo(20);
  assert.deepEqual(await queue.wait(9, 0n), [fired(1, 5, 2n)]);
  assert.deepEqual(await queue.wait(9, 0n), []);
});

test('a timer too many is a trap, and a dropped one makes room', () => {
  const { Timer, queue } = atRest({ limits: { timers: 2 } });
  const [one] = [1, 2].map(() => new Timer(queue, 0n, undefined));
  assert.throws(() => new Timer(queue, 0n, undefined), /^Error: the limit of 2 timers is reached$/);
  one.drop();
  assert.equal(new Timer(queue, 0n, undefined).id(), 3);
});

test('an event queue too many is a trap', () => {
  const { EventQueue } = atRest({ limits: { queues: 1 } });
  assert.throws(() => new EventQueue(), /^Error: the limit of 1 event queues is reached$/);
});

test('a wait that is asked to finish says so, again and again', async () => {
  const guest = makeGuest();
  const queue = new guest.EventQueue();
  const waiting = refusal(() => queue.wait(1, undefined));
  guest.interrupted = true;
  guest.waiter.wake();
  assert.equal(await waiting, 'interrupted');
  assert.equal(await refusal(() => queue.wait(0, millis(1000))), 'interrupted');
});
