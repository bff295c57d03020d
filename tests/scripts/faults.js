// Goes wrong in the way and at the place that __ENV.FAULT names.
import { sleep } from 'k6';
import exec from 'k6/execution';
import { WebSocket } from 'k6/websockets';
import ws from 'k6/ws';

const fault = __ENV.FAULT;

export const options = { setupTimeout: '200ms', teardownTimeout: '200ms' };

if (fault === 'top level') throw new Error('the top level is wrong');
if (fault === 'abort at the top level') exec.test.abort('not today');

export function setup() {
  if (fault === 'setup') throw new TypeError('setup is wrong');
  if (fault === 'slow setup') sleep(30);
  if (fault === 'endless setup') for (;;);
}

const iterations = {
  'error': () => {
    throw new RangeError('the iteration is wrong');
  },
  'text': () => {
    throw 'just text';
  },
  'rejection': () => {
    Promise.reject(new Error('nobody catches this'));
  },
  'async function': async () => {
    await null;
    throw new Error('nobody awaits this');
  },
  'timer': () => {
    setTimeout(() => {
      throw new Error('the timer is wrong');
    }, 1);
  },
  'k6/ws handler': () => {
    ws.connect(`${__ENV.WS}/echo`, (socket) => {
      socket.on('open', () => socket.send('hello'));
      socket.on('message', () => {
        throw new Error('the handler is wrong');
      });
      socket.on('close', (code) => console.log(`closed ${code}`));
    });
    console.log('not reached');
  },
  'WebSocket handler': () => {
    const socket = new WebSocket(`${__ENV.WS}/echo`);
    socket.onopen = () => socket.send('hello');
    socket.onmessage = () => {
      throw new Error('the handler is wrong');
    };
    socket.addEventListener('message', () => console.log('the other listener'));
    socket.onclose = () => console.log('closed');
  },
  'abort': () => exec.test.abort('enough'),
  'abort without a word': () => exec.test.abort(),
  'fail': () => exec.test.fail('not good'),
};

export default function () {
  return iterations[fault]?.();
}

export function teardown() {
  console.log('teardown');
  if (fault === 'teardown') throw new Error('teardown is wrong');
  if (fault === 'slow teardown') sleep(30);
  if (fault === 'endless teardown') for (;;);
}
