// k6/ws: the samples of sessions.

import { group, sleep } from 'k6';
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

/** All messages have arrived when the first handler runs. */
export function closeAtTheFirstOfMany() {
  ws.connect(`${WS}/echo`, (socket) => {
    socket.on('open', () => {
      for (let i = 0; i < 100; i++) socket.send('x');
      sleep(0.5);
    });
    socket.on('message', () => {
      console.log('handled');
      socket.close();
    });
  });
}

export function sessionsThatAreRefused() {
  ws.connect('http://127.0.0.1:1/', nothing);
  ws.connect(`${WS}/echo`, { headers: { Upgrade: 'x' } }, nothing);
}

const tell = (error) => console.log(error.error());

export function sendThatFails() {
  ws.connect(`${WS}/echo`, (socket) => {
    socket.on('error', tell);
    socket.on('close', () => socket.send('in the handler'));
    socket.on('open', () => {
      socket.close();
      socket.send('late');
      socket.sendBinary(new ArrayBuffer(1));
    });
  });
}

export function sendAfterTheServerClosed() {
  ws.connect(`${WS}/close?code=1000`, (socket) => {
    socket.on('error', tell);
    socket.on('open', () => socket.send('close, please'));
    socket.on('close', () => socket.send('late'));
  });
}

export function sessionWithSizes() {
  ws.connect(`${WS}/echo`, (socket) => {
    socket.on('open', () => {
      socket.send('häus');
      socket.sendBinary(new ArrayBuffer(3));
    });
    socket.on('binaryMessage', () => socket.close());
  });
}

/** Ten messages, in the first iteration at once, in the second one over 2.5 seconds. */
export function sessionOfTheSameLengthInBytes() {
  ws.connect(`${WS}/echo`, (socket) => {
    let sent = 0;
    const send = () => {
      socket.send('0123456789');
      sent += 1;
      if (sent === 10) socket.close();
    };
    socket.on('open', () => {
      if (__ITER === 0) while (sent < 10) send();
      else socket.setInterval(send, 250);
    });
  });
}
