// k6/ws: the samples of sessions.

import { group } from 'k6';
import ws from 'k6/ws';

const { WS } = __ENV;
const nothing = () => {};

export function sessionWithoutMessages() {
  ws.connect(`${WS}/echo`, (socket) => socket.close());
}

export function sessionWithAMessage() {
  ws.connect(`${WS}/protocol`, { headers: { 'Sec-WebSocket-Protocol': 'chat' } }, (socket) => {
    socket.on('open', () => socket.send('x'));
    socket.on('message', () => socket.close());
  });
}

export function sessionWithAPing() {
  ws.connect(`${WS}/echo`, (socket) => {
    socket.on('open', () => socket.ping());
    socket.on('pong', () => socket.close());
  });
}

export function sessionWithTags() {
  const params = { tags: { name: 'mine', version: 13, good: true } };
  group('outer', () => ws.connect(`${WS}/push?n=1`, params, nothing));
}

export function sessionsThatFail() {
  ws.connect('ws://127.0.0.1:1/', nothing);
  ws.connect(`${WS}/status/503`, nothing);
}

export function sessionThatThrows() {
  ws.connect(`${WS}/echo`, () => {
    throw new Error('no');
  });
}

export function sessionThatNeverEnds() {
  ws.connect(`${WS}/echo`, nothing);
}

export function sendThatFails() {
  ws.connect(`${WS}/echo`, (socket) => {
    socket.on('open', () => {
      socket.close();
      socket.send('late');
    });
  });
}
