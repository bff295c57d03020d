// Users who do as they should, beside one who does what __ENV.BAD names.
import { check, sleep } from 'k6';
import { WebSocket } from 'k6/websockets';
import ws from 'k6/ws';

const once = { executor: 'per-vu-iterations', maxDuration: '1s', gracefulStop: '100ms' };

export const options = {
  scenarios: {
    good: { ...once, exec: 'good', vus: 2, iterations: 10 },
    bad: { ...once, exec: __ENV.BAD, iterations: Number(__ENV.TIMES || 1) },
  },
};

let data;

export function good() {
  data = 'mine';
  const response = ws.connect(`${__ENV.WS}/echo`, (socket) => {
    socket.on('open', () => socket.send('hello'));
    socket.on('message', (message) => {
      check(message, { echoed: (text) => text === 'hello' });
      socket.close();
    });
  });
  check(response, { connected: (r) => r.status === 101 });
  check(Object.keys({}), { 'nobody has touched the language': (keys) => keys.length === 0 && {}.evil === undefined });
  sleep(0.01);
}

export function memory() {
  const hoard = [];
  for (;;) hoard.push(new Uint8Array(1 << 20).fill(1));
}

export function loop() {
  for (;;);
}

export function regularExpression() {
  /^(a+)+$/.test(`${'a'.repeat(40)}b`);
}

export function microtasks() {
  const again = () => Promise.resolve().then(again);
  again();
}
