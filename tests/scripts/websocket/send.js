// The WebSocket class: what it sends and receives.

import { Blob, WebSocket } from 'k6/websockets';

const { WS } = __ENV;

/** Sends the values one after the other, and gives `receive` the echo of each. */
function echo(values, receive, binaryType = 'arraybuffer') {
  const socket = new WebSocket(`${WS}/echo`);
  socket.binaryType = binaryType;
  let next = 0;
  socket.onopen = () => {
    for (const value of values) socket.send(value);
  };
  socket.onmessage = ({ data }) => {
    receive(data, values[next]);
    next += 1;
    if (next === values.length) socket.close();
  };
}

const VIEWS = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array];

export function everyView() {
  const views = VIEWS.map((View) => new View([3, 100]));
  echo(views, (data, view) => {
    console.log(view.constructor.name, data.byteLength, new view.constructor(data).join());
  });
}

export function bigViews() {
  const views = [new BigInt64Array([-5n]), new BigUint64Array([7n])];
  echo(views, (data, view) => console.log(`${new view.constructor(data)[0]}`));
}

export function dataView() {
  const buffer = new Uint8Array([1, 2, 3, 4]).buffer;
  echo([new DataView(buffer, 1, 2), buffer], (data) => console.log(new Uint8Array(data).join()));
}

export function subarray() {
  const bytes = new Uint8Array(1024).fill(9);
  echo([bytes.subarray(5, 6), new Uint16Array(bytes.buffer, 2, 3)], (data) => console.log(data.byteLength));
}

export function coercion() {
  const values = [1, 1.5, true, null, undefined, {}, [1, 2], { toString: () => 'mine' }, ''];
  echo(values, (data) => console.log(JSON.stringify(data)));
}

export function loneSurrogates() {
  echo(['a\ud800b', 'žluťoučký 🐎'], (data) => console.log(data));
}

export function largeMessages() {
  const text = '0123456789'.repeat(20_000);
  echo([text, new Uint8Array(100_000).fill(7)], (data) => {
    if (typeof data === 'string') console.log(data.length, data === text);
    else console.log(data.byteLength, new Uint8Array(data).every((byte) => byte === 7));
  });
}

export function dataIsTakenWhenItIsSent() {
  const socket = new WebSocket(`${WS}/echo`);
  socket.binaryType = 'arraybuffer';
  socket.onopen = () => {
    const bytes = new Uint8Array([1, 1]);
    socket.send(bytes);
    bytes.fill(2);
  };
  socket.onmessage = ({ data }) => {
    console.log(new Uint8Array(data).join());
    socket.close();
  };
}

export function blobs() {
  const blob = new Blob(['some', 'thing']);
  echo([blob, blob.slice(4)], async (data) => console.log(data instanceof Blob, data.size, await data.text()), 'blob');
}

/** Blobs in binary messages keep their place between texts. */
export function blobsKeepTheirPlace() {
  const seen = [];
  echo(['1', new Blob(['2']), '3', new Blob(['4'])], (data) => {
    seen.push(typeof data === 'string' ? data : `${data.byteLength}b`);
    if (seen.length === 4) console.log(seen.join());
  });
}

export function binaryTypes() {
  const socket = new WebSocket(`${WS}/echo`);
  const types = ['blob', 'arraybuffer', 'blob'];
  let next = 0;
  console.log(socket.binaryType);
  socket.binaryType = 'nonsense';
  console.log(socket.binaryType);
  const step = () => {
    if (next === types.length) {
      socket.close();
      return;
    }
    // It counts when a message is delivered, not when the socket is opened.
    socket.binaryType = types[next];
    next += 1;
    socket.send(new Uint8Array([1, 2, 3]));
  };
  socket.onopen = step;
  socket.onmessage = ({ data }) => {
    console.log(data instanceof Blob ? `Blob ${data.size}` : `ArrayBuffer ${data.byteLength}`);
    step();
  };
}

function thrown(action) {
  try {
    action();
    return 'nothing';
  } catch (error) {
    return `${error.name} ${error instanceof DOMException} ${error.code}`;
  }
}

export function beforeItIsOpen() {
  const socket = new WebSocket(`${WS}/echo`);
  console.log(thrown(() => socket.send('x')));
  console.log(thrown(() => socket.ping()));
  console.log(thrown(() => socket.send()));
  socket.onopen = () => socket.close();
}

export function nothingToSend() {
  const socket = new WebSocket(`${WS}/echo`);
  socket.onopen = () => {
    console.log(thrown(() => socket.send()));
    console.log(thrown(() => socket.send(Symbol('s'))));
    socket.close();
  };
}

export function afterTheEnd() {
  const socket = new WebSocket(`${WS}/echo`);
  socket.onopen = () => {
    socket.close();
    socket.send('12345');
    console.log(socket.bufferedAmount);
  };
  socket.onclose = () => {
    socket.send(new Uint8Array(3));
    console.log(socket.bufferedAmount);
    console.log(thrown(() => socket.ping()));
  };
}

export function bufferedAmount() {
  const socket = new WebSocket(`${WS}/echo`);
  let left = 3;
  socket.onopen = () => {
    socket.send(new Uint8Array(2));
    console.log(socket.bufferedAmount);
    socket.send('k6');
    console.log(socket.bufferedAmount);
    socket.ping();
    socket.send('žž');
    console.log(socket.bufferedAmount);
  };
  socket.onmessage = () => {
    left -= 1;
    if (left > 0) return;
    console.log(socket.bufferedAmount);
    socket.close();
  };
  socket.onclose = () => console.log(socket.bufferedAmount);
}

export function bufferedAmountOfViews() {
  const socket = new WebSocket(`${WS}/echo`);
  socket.onopen = () => {
    let before = 0;
    const lengths = VIEWS.map((View) => {
      socket.send(new View([1, 2]));
      const added = socket.bufferedAmount - before;
      before += added;
      return added;
    });
    console.log(lengths.join());
    socket.close();
  };
}

export function manyMessagesKeepTheirOrder() {
  const texts = Array.from({ length: 2000 }, (_, i) => `${i}`);
  let wrong = 0;
  let count = 0;
  echo(texts, (data, text) => {
    if (data !== text) wrong += 1;
    count += 1;
    if (count === texts.length) console.log(count, wrong);
  });
}
