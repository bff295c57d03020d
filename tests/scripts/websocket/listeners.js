// The WebSocket class as an EventTarget: handlers, listeners, event objects, exceptions.

import { WebSocket } from 'k6/websockets';

const { WS } = __ENV;

/** A connection that `prepare` gives its listeners, and that closes when it is open. */
function connection(prepare, path = '/echo') {
  const socket = new WebSocket(`${WS}${path}`);
  prepare(socket);
  socket.addEventListener('open', () => socket.close(1000));
  return socket;
}

export function order() {
  connection((socket) => {
    socket.addEventListener('open', () => console.log('listener 1'));
    socket.onopen = () => console.log('old handler');
    socket.addEventListener('open', () => console.log('listener 2'));
    socket.onopen = () => console.log('new handler');
    socket.addEventListener('open', () => console.log('capturing'), true);
  });
}

export function duplicates() {
  let calls = 0;
  const listener = () => {
    calls += 1;
  };
  connection((socket) => {
    socket.addEventListener('open', listener);
    socket.addEventListener('open', listener);
    socket.addEventListener('open', listener, { once: true });
    socket.addEventListener('open', listener, { capture: true });
    socket.onclose = () => console.log(calls);
  });
}

export function removal() {
  const kept = () => console.log('kept');
  const removed = () => console.log('never');
  connection((socket) => {
    socket.addEventListener('open', removed);
    socket.addEventListener('open', kept);
    socket.removeEventListener('open', removed);
    socket.removeEventListener('open', kept, true);
    socket.removeEventListener('open', () => {});
  });
}

export function removalDuringDispatch() {
  const second = () => console.log('never');
  connection((socket) => {
    socket.addEventListener('open', () => {
      socket.removeEventListener('open', second);
      socket.addEventListener('open', () => console.log('too late'));
    });
    socket.addEventListener('open', second);
  });
}

export function once() {
  const socket = new WebSocket(`${WS}/push?n=3&size=1`);
  socket.addEventListener('message', ({ data }) => console.log(data), { once: true });
  socket.onclose = () => console.log('close');
}

export function signal() {
  const controller = new AbortController();
  const socket = new WebSocket(`${WS}/push?n=3&size=1`);
  const { signal: abortSignal } = controller;
  socket.addEventListener('message', ({ data }) => console.log(data), { signal: abortSignal });
  socket.addEventListener('message', () => controller.abort());
}

export function receiver() {
  connection((socket) => {
    socket.onopen = function () {
      console.log('handler', this === socket);
    };
    socket.addEventListener('open', function (event) {
      console.log('listener', this === socket, event.target === socket, event.currentTarget === socket);
    });
    const object = {
      handleEvent(event) {
        console.log('object', this === object, event.type);
      },
    };
    socket.addEventListener('open', object);
  });
}

export function handlerValues() {
  connection((socket) => {
    const handler = () => {};
    socket.onopen = handler;
    console.log(socket.onopen === handler);
    for (const value of [1, 'text', undefined, null]) {
      socket.onopen = handler;
      socket.onopen = value;
      console.log(`${socket.onopen}`);
    }
    socket.onopen = { handleEvent: () => console.log('never') };
    console.log(typeof socket.onopen);
  });
}

export function handlerSetToNull() {
  connection((socket) => {
    socket.onclose = () => console.log('never');
    socket.onclose = null;
    socket.addEventListener('close', () => console.log('listener'));
  });
}

export function handlerReplaced() {
  connection((socket) => {
    socket.onclose = () => console.log('never');
    socket.onclose = () => console.log('second');
  });
}

export function handlerAndListener() {
  connection((socket) => {
    socket.onclose = () => console.log('handler');
    socket.addEventListener('close', () => console.log('listener'));
  });
}

function thrown(action) {
  try {
    return `${action()}`;
  } catch (error) {
    return error.name;
  }
}

export function odd() {
  connection((socket) => {
    console.log(thrown(() => socket.addEventListener('open', undefined)));
    console.log(thrown(() => socket.addEventListener('open', null)));
    console.log(thrown(() => socket.addEventListener('nonsense', () => {})));
    console.log(thrown(() => socket.addEventListener('open', 1)));
    console.log(thrown(() => socket.addEventListener('open')));
    console.log(thrown(() => socket.addEventListener()));
  });
}

export function dispatched() {
  connection((socket) => {
    socket.addEventListener('custom', (event) => console.log(event.detail, event.isTrusted));
    console.log(socket.dispatchEvent(new CustomEvent('custom', { detail: 5 })));
    socket.addEventListener('stop', (event) => event.preventDefault());
    console.log(socket.dispatchEvent(new Event('stop', { cancelable: true })));
  });
}

export function stopped() {
  connection((socket) => {
    socket.addEventListener('open', (event) => event.stopImmediatePropagation(), true);
    socket.addEventListener('open', () => console.log('never'));
    socket.onclose = () => console.log('close');
    setTimeout(() => socket.close(), 20);
  });
}

export function eventObjects() {
  const socket = new WebSocket(`${WS}/push?n=1&size=1`);
  socket.onopen = (event) => {
    console.log(`${event}`, event instanceof Event, event.isTrusted, event.bubbles, event.cancelable);
    console.log(event.timeStamp >= 0 && event.timeStamp < 60_000, Math.abs(event.timestamp - Date.now()) < 60_000);
  };
  socket.onmessage = (event) => {
    console.log(`${event}`, event instanceof MessageEvent, event.data, event.origin === WS);
    console.log(JSON.stringify([event.lastEventId, event.source, event.ports]));
  };
  socket.onclose = (event) => {
    console.log(`${event}`, event instanceof CloseEvent, event.code, event.wasClean);
  };
}

export function exceptionInAListener() {
  const socket = new WebSocket(`${WS}/push?n=1`);
  socket.addEventListener(__ENV.TYPE, () => {
    throw new RangeError('first');
  });
  socket.addEventListener(__ENV.TYPE, () => console.log('others still run'));
  socket.addEventListener('close', ({ code }) => console.log(`close ${code}`));
}

export function exceptionInAHandler() {
  const socket = new WebSocket(`${WS}/close?code=1000&now=1`);
  socket[`on${__ENV.TYPE}`] = () => undefinedName();
}

export function exceptionInErrorListener() {
  const socket = new WebSocket('ws://127.0.0.1:1/');
  socket.onerror = () => {
    socket.close();
    throw new Error('lorem ipsum');
  };
  socket.onclose = () => console.log('close');
}

export async function rejection() {
  const socket = new WebSocket(`${WS}/echo`);
  socket.onopen = async () => {
    await null;
    throw new Error('nobody caught this');
  };
  socket.onclose = ({ code }) => console.log(`close ${code}`);
}
