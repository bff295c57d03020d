// WebSocket.close. https://websockets.spec.whatwg.org/#dom-websocket-close

import { WebSocket } from 'k6/websockets';
import { caught, equal, runAll, throws, throwsDOM } from '../../web/subtests.js';
import { closed, NOBODY, next, opened, unused, WS } from './connections.js';

const CODES = [
  [1000, 1000],
  [3000, 3000],
  [3001, 3001],
  [4000, 4000],
  [4999, 4999],
  ['1000', 1000],
  [' 3000 ', 3000],
  ['0xBB8', 3000],
  [1000.4, 1000],
  [999.5, 1000],
  [1000.5, 1000],
  [2999.6, 3000],
  [4998.5, 4998],
  [4999.4, 4999],
  [[3000], 3000],
  [{ valueOf: () => 3000 }, 3000],
  [new Date(3000), 3000],
];

const REFUSED = [0, -1, 1, 500, 999, 999.4, 1001, 1000.6, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1015, 1100, 2000, 2999, 2999.5 - 0.1, 4999.6, 5000, 65535, 65536, 65536 + 1000, 2 ** 32 + 1000, 2 ** 53, -(2 ** 53), Infinity, -Infinity, NaN, null, true, false, '', 'x', '1001', {}, [], [1, 2], () => {}];

export const codes = () => runAll(function* () {
  for (const [given, code] of CODES) {
    yield [`code ${typeof given} ${String(given)}`, async () => {
      const socket = await opened();
      const event = await closed(socket, given);
      equal([event.code, event.reason, event.wasClean], [code, '', true]);
    }];
  }
  for (const given of REFUSED) {
    yield [`code ${String(given)} is refused`, () => {
      const socket = new WebSocket(NOBODY);
      throwsDOM('InvalidAccessError', () => socket.close(given));
      equal([socket.readyState, caught(() => socket.close(given)).code], [0, 15]);
      socket.close();
    }];
  }
  for (const given of [Symbol('s'), 1000n, Object.create(null)]) yield ['no number', () => throws(TypeError, () => unused(NOBODY).close(given))];
  yield ['no code', async () => {
    for (const args of [[], [undefined], [undefined, undefined]]) {
      const event = await closed(await opened(), ...args);
      equal([event.code, event.reason, event.wasClean], [1005, '', true]);
    }
  }];
});

const REASONS = ['', 'why', 'ž'.repeat(61), `${'ž'.repeat(61)}x`, 'x'.repeat(123), '🐎'.repeat(30), '\0', '\ufeff'];

export const reasons = () => runAll(function* () {
  for (const reason of REASONS) {
    yield [`reason of ${reason.length} units`, async () => {
      const event = await closed(await opened(), 1000, reason);
      equal([event.code, event.reason, event.wasClean], [1000, reason, true]);
    }];
  }
  for (const [given, reason] of [['\ud800', '\ufffd'], ['a\udc00b', 'a\ufffdb'], [null, 'null'], [12, '12'], [{ toString: () => 'mine' }, 'mine'], [undefined, ''], [[1, 2], '1,2']]) {
    yield [`reason ${JSON.stringify(given)}`, async () => equal((await closed(await opened(), 3000, given)).reason, reason)];
  }
  for (const reason of ['x'.repeat(124), 'ž'.repeat(62), '🐎'.repeat(31), '\ud800'.repeat(42), 'x'.repeat(1000)]) {
    yield [`a reason of more than 123 bytes, ${reason.length} units`, () => {
      const socket = new WebSocket(NOBODY);
      throwsDOM('SyntaxError', () => socket.close(1000, reason));
      equal(socket.readyState, 0);
      socket.close();
      throwsDOM('SyntaxError', () => socket.close(1000, reason));
    }];
  }
  yield ['lone surrogates take three bytes each', async () => equal((await closed(await opened(), 1000, '\ud800'.repeat(41))).reason, '\ufffd'.repeat(41))];
  yield ['the code is looked at before the reason', () => throwsDOM('InvalidAccessError', () => unused(NOBODY).close(1, 'x'.repeat(124)))];
  yield ['both are converted before any is looked at, in order', () => {
    const seen = [];
    const code = { valueOf() { seen.push('code'); return 1; } };
    const reason = { toString() { seen.push('reason'); return ''; } };
    throwsDOM('InvalidAccessError', () => unused(NOBODY).close(code, reason));
    equal(seen, ['code', 'reason']);
    throws(RangeError, () => unused(NOBODY).close(1, { toString() { throw new RangeError(); } }));
    throws(TypeError, () => unused(NOBODY).close(1000, Symbol('s')));
  }];
  yield ['a reason without a code', async () => {
    const event = await closed(await opened(), undefined, 'because');
    equal([event.code, event.reason], [1000, 'because']);
  }];
});

/** The events of a socket until it is closed, with its states. */
async function history(socket) {
  const seen = [];
  for (const type of ['open', 'message', 'error', 'close']) socket.addEventListener(type, () => seen.push(`${type} ${socket.readyState}`));
  const event = await next(socket, 'close');
  return [...seen, `${event.code} ${event.wasClean}`];
}

export const states = () => runAll({
  'while connecting': async () => {
    const socket = new WebSocket(`${WS}/echo`);
    equal(socket.close(), undefined);
    equal(socket.readyState, 2);
    equal(await history(socket), ['error 3', 'close 3', '1006 false']);
  },
  'while connecting, with a code and a reason': async () => {
    const socket = new WebSocket(`${WS}/echo`);
    socket.close(3000, 'why');
    const done = next(socket, 'close');
    equal([(await done).reason, (await done).code], ['', 1006]);
  },
  'while open': async () => {
    const socket = await opened();
    const events = history(socket);
    socket.close();
    equal(socket.readyState, 2);
    equal(await events, ['close 3', '1005 true']);
  },
  'while closing': async () => {
    const socket = await opened();
    const events = history(socket);
    socket.close(3000);
    socket.close(3001, 'ignored');
    socket.close();
    equal(socket.readyState, 2);
    equal(await events, ['close 3', '3000 true']);
  },
  'while closing, wrong arguments still throw': async () => {
    const socket = await opened();
    socket.close();
    throwsDOM('InvalidAccessError', () => socket.close(1));
    throwsDOM('SyntaxError', () => socket.close(1000, 'x'.repeat(124)));
    await next(socket, 'close');
    throwsDOM('InvalidAccessError', () => socket.close(1));
  },
  'when closed': async () => {
    const socket = await opened();
    await closed(socket, 3000);
    let calls = 0;
    socket.onclose = () => { calls += 1; };
    socket.close();
    socket.close(3001);
    await new Promise((resolve) => { setTimeout(resolve, 5); });
    equal([socket.readyState, calls], [3, 0]);
  },
  'in the handler of each event': async () => {
    const socket = new WebSocket(`${WS}/push?n=3`);
    const seen = [];
    for (const type of ['open', 'message', 'close']) {
      socket.addEventListener(type, () => {
        seen.push(type);
        socket.close();
      });
    }
    await next(socket, 'close');
    equal(seen, ['open', 'close']);
  },
  'in the handler of error': async () => {
    const socket = new WebSocket(NOBODY);
    socket.onerror = () => socket.close();
    equal(await history(socket), ['error 3', 'close 3', '1006 false']);
  },
  'messages that come after it are dropped': async () => {
    const socket = new WebSocket(`${WS}/push?n=50`);
    let messages = 0;
    socket.onmessage = () => {
      messages += 1;
      socket.close();
    };
    await next(socket, 'close');
    equal(messages, 1);
  },
  'by the server': async () => {
    for (const [query, code, reason] of [['code=1000&reason=done', 1000, 'done'], ['code=1001', 1001, ''], ['code=1011', 1011, ''], ['code=4321', 4321, ''], ['', 1005, '']]) {
      const socket = new WebSocket(`${WS}/close?now=1&${query}`);
      const event = await next(socket, 'close');
      equal([event.code, event.reason, event.wasClean, socket.readyState], [code, reason, true, 3]);
    }
  },
  'by the server, without a frame': async () => {
    for (const path of ['/drop', '/garbage']) {
      const socket = await opened(path);
      const events = history(socket);
      socket.send('go');
      equal(await events, ['error 3', 'close 3', '1006 false']);
    }
  },
  'an attempt that fails': async () => {
    for (const url of [NOBODY, `${WS}/status/404`, `${WS}/not-websocket`]) {
      const socket = new WebSocket(url);
      equal(await history(socket), ['error 3', 'close 3', '1006 false']);
    }
  },
});
