// Waits, in the stage that __ENV.WAIT names, for somebody to end it.
import { sleep } from 'k6';
import ws from 'k6/ws';

const wait = __ENV.WAIT;

function pause(stage) {
  if (wait !== stage) return;
  console.log(`waiting in ${stage}`);
  sleep(60);
}

if (wait === 'top level') {
  console.log('waiting at the top level');
  for (;;);
}

export function setup() {
  pause('setup');
}

export default function () {
  pause('iteration');
  if (wait === 'loop') {
    console.log('waiting in a loop');
    for (;;);
  }
  if (wait === 'session') {
    ws.connect(`${__ENV.WS}/echo`, (socket) => {
      socket.on('open', () => socket.send('hello'));
      socket.on('message', () => console.log('waiting in a session'));
    });
  }
}

export function teardown() {
  console.log('teardown');
  pause('teardown');
}
