// WebSocket.send, bufferedAmount and binaryType. https://websockets.spec.whatwg.org/#dom-websocket-send

import { Blob, WebSocket } from 'k6/websockets';
import { caught, equal, runAll, throws, throwsDOM } from '../../web/subtests.js';
import { closed, echoes, next, opened, WS } from './connections.js';

const VIEWS = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, BigInt64Array, BigUint64Array, Float16Array, Float32Array, Float64Array, DataView];

/** Values, and the text that is sent for each. */
const TEXTS = [
  ['', ''],
  ['text', 'text'],
  ['žluťoučký 🐎', 'žluťoučký 🐎'],
  ['a\0b', 'a\0b'],
  ['\ud800', '\ufffd'],
  ['\udc00\ud800', '\ufffd\ufffd'],
  ['a\ud83dz', 'a\ufffdz'],
  ['\ufeffmark', '\ufeffmark'],
  [1, '1'],
  [1.5, '1.5'],
  [-0, '0'],
  [NaN, 'NaN'],
  [10n, '10'],
  [true, 'true'],
  [null, 'null'],
  [undefined, 'undefined'],
  [{}, '[object Object]'],
  [[1, [2, null]], '1,2,'],
  [{ toString: () => 'mine' }, 'mine'],
  [{ toString: () => 5 }, '5'],
  [new String('wrapped'), 'wrapped'],
  [new URL('ws://h/'), 'ws://h/'],
  [new SharedArrayBuffer(2), '[object SharedArrayBuffer]'],
  [{ byteLength: 1, buffer: {} }, '[object Object]'],
  [Object.create(Blob.prototype), '[object Blob]'],
  [Object.create(ArrayBuffer.prototype, { toString: { value: () => 'no buffer' } }), 'no buffer'],
];

const filled = (length) => Uint8Array.from({ length }, (_, i) => i + 1);
const list = (buffer) => new Uint8Array(buffer).join();

export const texts = () => runAll(function* () {
  for (const [value, text] of TEXTS) {
    yield [`${typeof value} ${JSON.stringify(text)}`, async () => equal((await echoes([value]))[0], text)];
  }
  yield ['a long one', async () => {
    const text = 'ž'.repeat(100_000);
    equal((await echoes([text]))[0] === text, true);
  }];
});

export const binaries = () => runAll(function* () {
  for (const View of VIEWS) {
    yield [View.name, async () => {
      const view = new View(filled(64).buffer, 8, 2);
      equal(list((await echoes([view]))[0]), list(view.buffer.slice(8, 8 + view.byteLength)));
    }];
    yield [`an empty ${View.name}`, async () => equal((await echoes([new View(new ArrayBuffer(8), 8)]))[0].byteLength, 0)];
  }
  yield ['a buffer', async () => equal(list((await echoes([filled(5).buffer]))[0]), '1,2,3,4,5')];
  yield ['an empty buffer', async () => equal((await echoes([new ArrayBuffer(0)]))[0].byteLength, 0)];
  yield ['a class of the script', async () => {
    class Mine extends Uint8Array {}
    equal(list((await echoes([Mine.of(7, 8)]))[0]), '7,8');
  }];
  yield ['what a view says of itself does not count', async () => {
    const view = Object.defineProperties(filled(3), { byteLength: { value: 1 }, buffer: { value: new ArrayBuffer(9) }, byteOffset: { value: 5 } });
    Object.setPrototypeOf(view, null);
    equal(list((await echoes([view]))[0]), '1,2,3');
  }];
  yield ['detached buffers are empty', async () => {
    const values = [new ArrayBuffer(4), new Uint8Array(4), new DataView(new ArrayBuffer(4))];
    for (const value of values) (value.buffer ?? value).transfer();
    equal((await echoes(values)).map((buffer) => buffer.byteLength), [0, 0, 0]);
  }];
  yield ['resizable and shared buffers are refused', async () => {
    const socket = await opened();
    const resizable = new ArrayBuffer(4, { maxByteLength: 8 });
    const shared = new SharedArrayBuffer(4);
    for (const value of [resizable, new Uint8Array(resizable), new DataView(resizable), new Uint8Array(shared), new DataView(shared)]) throws(TypeError, () => socket.send(value));
    equal(socket.bufferedAmount, 0);
    await closed(socket);
  }];
  yield ['blobs', async () => {
    const received = await echoes([new Blob(['some', 'thing']), new Blob([]), new Blob([filled(3)]).slice(1)]);
    equal(received.map(list), ['115,111,109,101,116,104,105,110,103', '', '2,3']);
  }];
  yield ['everything keeps its order', async () => {
    const values = ['1', new Blob(['2']), filled(1), '3', new Blob(['4', '5']), ''];
    const received = await echoes(values);
    equal(received.map((data) => (typeof data === 'string' ? data : `<${list(data)}>`)), ['1', '<50>', '<1>', '3', '<52,53>', '']);
  }];
  yield ['a buffer that changes later', async () => {
    const socket = await opened();
    const bytes = filled(2);
    socket.send(bytes);
    socket.send(bytes.buffer);
    bytes.fill(9);
    bytes.buffer.transfer();
    equal([list((await next(socket, 'message')).data), list((await next(socket, 'message')).data)], ['1,2', '1,2']);
    await closed(socket);
  }];
});

export const received = () => runAll({
  'binaryType counts at delivery': async () => {
    const socket = await opened();
    for (const [type, Class] of [['blob', Blob], ['arraybuffer', ArrayBuffer], ['blob', Blob]]) {
      socket.send(filled(3));
      socket.binaryType = type;
      const { data } = await next(socket, 'message');
      equal([data.constructor, data.size ?? data.byteLength], [Class, 3]);
    }
    await closed(socket);
  },
  'a blob has no type': async () => {
    const [data] = await echoes([new Blob(['x'], { type: 'a/b' })], 'blob');
    equal([data instanceof Blob, data.type, await data.text()], [true, '', 'x']);
  },
  'a message is the script\'s own': async () => {
    const [a, b] = await echoes([filled(2), filled(2)]);
    new Uint8Array(a).fill(0);
    equal(list(b), '1,2');
    equal([a.resizable, a.transfer().byteLength], [false, 2]);
  },
  'texts do not depend on binaryType': async () => equal((await echoes(['x'], 'blob'))[0], 'x'),
});

export const wrongArguments = () => runAll({
  'none': async () => {
    const socket = new WebSocket(`${WS}/echo`);
    throws(TypeError, () => socket.send());
    await next(socket, 'open');
    throws(TypeError, () => socket.send());
    await closed(socket);
    throws(TypeError, () => socket.send());
  },
  'more than one': async () => {
    const socket = await opened();
    equal(socket.send('x', 'y'), undefined);
    equal((await next(socket, 'message')).data, 'x');
    await closed(socket);
  },
  'a symbol': async () => {
    const socket = await opened();
    throws(TypeError, () => socket.send(Symbol('s')));
    throws(TypeError, () => socket.send(Object.create(null)));
    throws(RangeError, () => socket.send({ toString() { throw new RangeError(); } }));
    await closed(socket);
  },
  'before it is open': async () => {
    const socket = new WebSocket(`${WS}/echo`);
    for (const value of ['x', '', new Blob(), new ArrayBuffer(1), filled(1), undefined]) throwsDOM('InvalidStateError', () => socket.send(value));
    equal([socket.bufferedAmount, caught(() => socket.send('')).code], [0, 11]);
    throws(RangeError, () => socket.send({ toString() { throw new RangeError(); } }));
    throws(TypeError, () => socket.send(Symbol('s')));
    await next(socket, 'open');
    await closed(socket);
  },
  'conversion comes first': async () => {
    const socket = await opened();
    const done = next(socket, 'close');
    socket.send({ toString() { socket.close(); return 'dropped'; } });
    equal([socket.readyState, socket.bufferedAmount], [2, 7]);
    await done;
  },
});

/** Values, and how much each adds to bufferedAmount. */
const SIZES = [['', 0], ['abc', 3], ['ž', 2], ['€', 3], ['🐎', 4], ['\ud800', 3], ['\ud800\udc00', 4], [12, 2], [null, 4], [new ArrayBuffer(10), 10], [new Uint16Array(5), 10], [new DataView(new ArrayBuffer(8), 2, 3), 3], [new Blob(['žx']), 3]];

export const bufferedAmount = () => runAll(function* () {
  for (const [value, size] of SIZES) {
    yield [`while open, ${JSON.stringify(value)}`, async () => {
      const socket = await opened();
      socket.send(value);
      equal(socket.bufferedAmount, size);
      socket.send('x');
      equal(socket.bufferedAmount, size + 1);
      await next(socket, 'message');
      await next(socket, 'message');
      equal(socket.bufferedAmount, 0);
      await closed(socket);
    }];
    yield [`after close(), ${JSON.stringify(value)}`, async () => {
      const socket = await opened();
      const done = next(socket, 'close');
      socket.close();
      socket.send(value);
      equal(socket.bufferedAmount, size);
      socket.send(value);
      equal(socket.bufferedAmount, 2 * size);
      await done;
      equal(socket.bufferedAmount, 2 * size);
      socket.send(value);
      equal(socket.bufferedAmount, 3 * size);
    }];
  }
  yield ['it does not shrink while a task runs', async () => {
    const socket = await opened();
    socket.send('12345');
    const end = performance.now() + 20;
    while (performance.now() < end);
    equal(socket.bufferedAmount, 5);
    await closed(socket);
  }];
  yield ['pings do not count', async () => {
    const socket = await opened();
    socket.ping();
    equal(socket.bufferedAmount, 0);
    await closed(socket);
  }];
  yield ['what was sent before close() leaves', async () => {
    const socket = await opened();
    socket.send('12345');
    const done = next(socket, 'close');
    socket.close();
    socket.send('678');
    equal(socket.bufferedAmount, 8);
    await done;
    equal(socket.bufferedAmount, 3);
  }];
  yield ['what could never be written stays', async () => {
    const socket = await opened('/drop');
    const size = 64 << 20;
    const done = next(socket, 'close');
    for (let i = 0; i < 16; i++) socket.send(new ArrayBuffer(size / 16));
    equal((await done).code, 1006);
    equal(socket.bufferedAmount > 0 && socket.bufferedAmount <= size, true, `${socket.bufferedAmount} of ${size}`);
  }];
});

/** Has a socket send strings and other values, and compares what comes back. */
async function echoed(socket) {
  await next(socket, 'open');
  const seen = [];
  await new Promise((resolve) => {
    socket.addEventListener('message', ({ data }) => { if (seen.push(data) === 3) resolve(); });
    socket.send('one');
    socket.send(2);
    socket.send(`${'th'}${'ree'.repeat(200)}`);
  });
  await closed(socket);
  equal(seen, ['one', '2', `th${'ree'.repeat(200)}`]);
  equal([socket.send('late'), socket.bufferedAmount], [undefined, 4]);
}

// The engine itself sends the strings of sockets that look as the constructor made them.
export const looks = () => runAll({
  'as it was made': () => echoed(new WebSocket(`${WS}/echo`)),
  'with a property': () => echoed(Object.assign(new WebSocket(`${WS}/echo`), { mark: 1, readyStates: [1], id: 7 })),
  'with a property that is gone': () => {
    const socket = Object.assign(new WebSocket(`${WS}/echo`), { mark: 1 });
    delete socket.mark;
    return echoed(socket);
  },
  'of a subclass': () => echoed(new (class extends WebSocket { mark = 1; })(`${WS}/echo`)),
  'frozen': () => echoed(Object.freeze(new WebSocket(`${WS}/echo`))),
  'with another prototype': () => {
    const socket = new WebSocket(`${WS}/echo`);
    return echoed(Object.setPrototypeOf(socket, Object.create(WebSocket.prototype)));
  },
  'two at a time': () => Promise.all([echoed(new WebSocket(`${WS}/echo`)), echoed(new WebSocket(`${WS}/echo`))]),
  'before it is open': async () => {
    const socket = new WebSocket(`${WS}/echo`);
    throwsDOM('InvalidStateError', () => socket.send('early'));
    await echoed(socket);
  },
  'while it closes': async () => {
    const socket = await opened();
    socket.close();
    equal([socket.send('late'), socket.bufferedAmount], [undefined, 4]);
    await next(socket, 'close');
    equal(socket.bufferedAmount, 4);
  },
  'what is no socket': () => {
    const { send } = WebSocket.prototype;
    for (const other of [undefined, null, 1, 'text', {}, WebSocket.prototype, new EventTarget(), new Proxy(Object.create(WebSocket.prototype), {})]) {
      for (const values of [[], ['text'], [1]]) throws(TypeError, () => send.apply(other, values), 'send');
    }
    throws(TypeError, () => new send('text'), 'a constructor');
  },
  'the method': () => {
    const { value, writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(WebSocket.prototype, 'send');
    equal([value.name, value.length, writable, enumerable, configurable, 'prototype' in value], ['send', 1, true, true, true, false]);
  },
});
