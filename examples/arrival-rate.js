// Customers who do not wait for each other: visits begin at a rate, however long each of them takes.
//
//   wasock run --serve examples/arrival-rate.js
//
// The shop opens slowly, is busy for a while, and empties; a monitor looks in twice a second all the time.
import { check } from 'k6';
import { WebSocket } from 'k6/websockets';

export const options = {
  scenarios: {
    customers: {
      executor: 'ramping-arrival-rate',
      exec: 'visit',
      startRate: 0,
      timeUnit: '1s',
      preAllocatedVUs: 10,
      maxVUs: 40,
      stages: [
        { duration: '3s', target: 20 },
        { duration: '4s', target: 20 },
        { duration: '3s', target: 0 },
      ],
    },
    monitor: {
      executor: 'constant-arrival-rate',
      exec: 'look',
      rate: 2,
      duration: '10s',
      preAllocatedVUs: 2,
    },
  },
  thresholds: {
    checks: ['rate==1'],
    'ws_connecting{scenario:monitor}': ['p(95)<1000'],
    // A visit that finds no free user does not take place, and the rate was not what it is said to be.
    dropped_iterations: ['count<20'],
  },
};

/** A customer asks three questions and takes a while over each answer. */
export function visit() {
  const socket = new WebSocket('ws://shop.example/echo');
  let asked = 0;
  const ask = () => socket.send(`question ${++asked}`);
  socket.onopen = ask;
  socket.onmessage = (event) => {
    check(event.data, { 'is the answer': (text) => text === `question ${asked}` });
    if (asked < 3) setTimeout(ask, 200);
    else socket.close(1000);
  };
}

/** The monitor wants to know whether the shop answers at all. */
export function look() {
  const socket = new WebSocket('ws://shop.example/echo');
  socket.onopen = () => socket.close(1000);
  socket.onclose = (event) => check(event, { 'the shop is open': (e) => e.wasClean });
}
