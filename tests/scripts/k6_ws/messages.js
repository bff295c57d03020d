// k6/ws: messages, pings, and the timers of a socket.

import ws from 'k6/ws';

const { WS, WSS } = __ENV;

/** Sends each text when the one before has come back. */
function pingPong(base, texts) {
  ws.connect(`${base}/echo`, (socket) => {
    let next = 0;
    const step = () => (next < texts.length ? socket.send(texts[next++]) : socket.close());
    socket.on('open', step);
    socket.on('message', (text) => {
      console.log(text);
      step();
    });
  });
}

export const threeMessages = () => pingPong(WS, ['one', 'two', 'three']);
export const twoMessagesOverTls = () => pingPong(WSS, ['one', 'two']);
export const textOfAnyLanguage = () => pingPong(WS, ['žluťoučký 🐎', '\0 \u{10ffff}', 'x\ud800y']);

export function anyValueBecomesText() {
  ws.connect(`${WS}/echo`, (socket) => {
    const values = [1, 1.5, null, undefined, true, {}, [1, 2]];
    const received = [];
    socket.on('open', () => {
      socket.send();
      for (const value of values) socket.send(value);
    });
    socket.on('message', (text) => {
      received.push(text);
      if (received.length > values.length) socket.close();
    });
    socket.on('close', () => console.log(JSON.stringify(received)));
  });
}

export function largeMessages() {
  ws.connect(`${WS}/echo`, (socket) => {
    const text = '0123456789'.repeat(10_000);
    socket.on('open', () => socket.send(text));
    socket.on('message', (echo) => {
      console.log(echo.length, echo === text);
      socket.close();
    });
  });
}

export function textThenBinary() {
  ws.connect(`${WS}/echo`, (socket) => {
    const bytes = new Uint8Array([104, 101, 108, 108, 111, 0, 255]);
    socket.on('open', () => socket.send('text'));
    socket.on('message', (text) => {
      console.log(`message ${text}`);
      socket.sendBinary(bytes.buffer);
    });
    socket.on('binaryMessage', (data) => {
      console.log(data instanceof ArrayBuffer, new Uint8Array(data).join());
      socket.close();
    });
  });
}

export function binaryOfWrongTypes() {
  ws.connect(`${WS}/echo`, (socket) => {
    const values = [undefined, null, true, 1, 3.14, 'str', [1, 2, 3], new Uint8Array(1), Symbol('a'), () => {}, {}];
    const calls = [() => socket.sendBinary(), ...values.map((value) => () => socket.sendBinary(value))];
    for (const call of calls) {
      try {
        call();
        console.log('sent');
      } catch (error) {
        console.log(error.message);
      }
    }
    socket.close();
  });
}

export function pingAndPong() {
  ws.connect(`${WS}/echo`, (socket) => {
    socket.on('open', () => socket.ping());
    socket.on('pong', (...args) => console.log(`first ${args.length}`));
    socket.on('pong', () => {
      console.log('second');
      socket.close();
    });
  });
}

export function intervalTicks() {
  ws.connect(`${WS}/echo`, (socket) => {
    let ticks = 0;
    const result = socket.setInterval(() => {
      ticks += 1;
      console.log(`tick ${ticks}`);
      if (ticks === 3) socket.close();
    }, 5);
    console.log(`${result}`);
  });
}

export function intervalBelowAMillisecond() {
  ws.connect(`${WS}/echo`, (socket) => socket.setInterval(() => socket.close(), 0.3));
  console.log('returned');
}

export function timeoutWaits() {
  const start = Date.now();
  ws.connect(`${WS}/echo`, (socket) => {
    const result = socket.setTimeout((...args) => {
      const elapsed = Date.now() - start;
      console.log(`${elapsed >= 99 && elapsed < 2000} ${args.length}`);
      socket.close();
    }, 100, 'ignored');
    console.log(`${result}`);
  });
}

export function delaysThatAreRefused() {
  ws.connect(`${WS}/echo`, (socket) => {
    const calls = [
      () => socket.setInterval(() => {}, -1.23),
      () => socket.setInterval(() => {}, 0),
      () => socket.setTimeout(() => {}, 0),
      () => socket.setTimeout(() => {}),
    ];
    for (const call of calls) {
      try {
        call();
        console.log('set');
      } catch (error) {
        console.log(JSON.stringify(error.message));
      }
    }
    socket.close();
  });
}

export function refusedDelayEndsTheSession() {
  ws.connect(`${WS}/echo`, (socket) => socket.setTimeout(() => {}, 0));
}

export function timersEndWithTheSocket() {
  ws.connect(`${WS}/echo`, (socket) => {
    socket.setTimeout(() => console.log('never'), 20);
    socket.setInterval(() => console.log('never'), 20);
    socket.on('open', () => socket.close());
  });
  ws.connect(`${WS}/echo`, (socket) => socket.setTimeout(() => socket.close(), 60));
  console.log('done');
}
