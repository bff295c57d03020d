// Servers that break the rules, and what each API says of it. `__ENV.URL_PATH` names the endpoint.

import { WebSocket } from 'k6/websockets';
import ws from 'k6/ws';

const { WS, URL_PATH } = __ENV;

/** A second attempt afterwards shows that the virtual user is none the worse. */
function goesOn() {
  const response = ws.connect(`${WS}/echo`, (socket) => socket.on('open', () => socket.close()));
  console.log('then', response.status);
}

export function connect() {
  const response = ws.connect(`${WS}${URL_PATH}`, (socket) => {
    socket.on('error', (e) => console.log('error', e.error()));
    socket.on('close', (code) => console.log('close', code));
  });
  console.log('returned', response.status, response.error);
  goesOn();
}

export function webSocket() {
  const params = { timeout: 1000, maxMessageSize: 1_000_000, closeTimeout: 500 };
  const socket = new WebSocket(`${WS}${URL_PATH}`, null, params);
  socket.onopen = () => socket.send('begin');
  socket.onerror = ({ error }) => console.log('error', error);
  socket.onclose = ({ code, wasClean }) => {
    console.log('close', code, wasClean);
    goesOn();
  };
}

/** Sends more than a server that never reads can take. */
export function flood() {
  const socket = new WebSocket(`${WS}/silent`, null, { closeTimeout: 100 });
  const chunk = 'x'.repeat(100_000);
  socket.onopen = () => {
    const before = socket.bufferedAmount;
    let most = 0;
    for (let i = 0; i < 200; i++) {
      socket.send(chunk);
      most = Math.max(most, socket.bufferedAmount);
    }
    console.log(before, most > 0, most <= 200 * chunk.length);
    socket.close();
  };
  socket.onclose = ({ code }) => console.log('close', code);
}
