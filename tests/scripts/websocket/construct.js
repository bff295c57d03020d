// new WebSocket: its arguments, the class, its attributes, and what the server sees of it.

import { sleep } from 'k6';
import module, { Blob, WebSocket } from 'k6/websockets';
import { WebSocket as Experimental } from 'k6/experimental/websockets';
import { thrown } from '../thrown.js';

const { WS, WSS } = __ENV;

export function moduleShape() {
  console.log(module.WebSocket === WebSocket, module.Blob === Blob, Object.keys(module).sort().join());
  console.log(typeof globalThis.WebSocket, typeof globalThis.Blob);
}

export function firstAttributes() {
  const socket = new WebSocket(`${WS}/echo`);
  const { readyState, bufferedAmount, extensions, protocol, binaryType } = socket;
  console.log(JSON.stringify([readyState, bufferedAmount, extensions, protocol, binaryType]));
  console.log(JSON.stringify([socket.onopen, socket.onmessage, socket.onclose, socket.onerror, socket.onping, socket.onpong]));
  console.log(socket.url === `${WS}/echo`);
  socket.onopen = () => socket.close();
}

export function refusedUrls() {
  const urls = ['ws://h/#x', 'ftp://h/', '/relative', 'ws://', 'ws://a b/', 'ws://h:99999/'];
  for (const url of urls) console.log(thrown(() => new WebSocket(url)));
  console.log(thrown(() => new WebSocket()));
  console.log(thrown(() => new WebSocket(null)));
}

export function refusedProtocols() {
  for (const protocols of ['', 'a b', ['a', 'a'], ['x,y'], ['ok', 'é'], null, 1]) {
    const outcome = thrown(() => new WebSocket('ws://127.0.0.1:1/', protocols));
    console.log(outcome);
  }
}

/** Logs which subprotocol is chosen of those that are offered. */
function negotiated(protocols, params) {
  const socket = new WebSocket(`${WS}/protocol`, protocols, params);
  socket.onopen = () => {
    console.log(JSON.stringify(socket.protocol));
    socket.close();
  };
}

export const chosenOfAList = () => negotiated(['unsupported', 'supported']);
export const chosenOfOne = () => negotiated('one');
export const chosenOfNone = () => negotiated([]);
export const chosenWithNull = () => negotiated(null, {});
export const chosenByHeader = () => negotiated([], { headers: { 'Sec-WebSocket-Protocol': 'x, y' } });

/** The server chooses what nobody has offered. */
export function chosenUnasked() {
  const answer = `${WS}/protocol?answer=foo`;
  const sockets = [
    new WebSocket(answer),
    new WebSocket(answer, null, { headers: { 'Sec-WebSocket-Protocol': 'x, y' } }),
  ];
  for (const socket of sockets) {
    socket.onopen = () => console.log('open');
    socket.onerror = ({ error }) => console.log(error);
  }
}

export function unknownParams() {
  console.log(thrown(() => new WebSocket(`${WS}/echo`, null, { nope: 1 })));
}

export function wrongParams() {
  for (const compression of ['', '  ', undefined, null, 'gzip', 'deflate, gzip', 'deflate, ']) {
    console.log(thrown(() => new WebSocket(`${WS}/echo`, null, { compression })));
  }
  console.log(thrown(() => new WebSocket(`${WS}/echo`, null, { tags: { a: [] } })));
  console.log(thrown(() => new WebSocket(`${WS}/echo`, null, { timeout: 'soon' })));
}

export function headers() {
  const params = { headers: { 'x-lorem': 'ipsum', Host: 'else.where' } };
  const socket = new WebSocket(`${WS}/headers`, [], params);
  socket.onmessage = ({ data }) => {
    const fields = JSON.parse(data);
    console.log(fields['x-lorem'], fields.host, fields['user-agent'], fields.origin);
    socket.close();
  };
}

export function credentials() {
  const socket = new WebSocket(`${WS.replace('//', '//user:p%40ss@')}/headers`);
  socket.onmessage = ({ data }) => {
    console.log(JSON.parse(data).authorization);
    socket.close();
  };
}

export function forbiddenHeaders() {
  const names = ['upgrade', 'Connection', 'sec-websocket-key', 'Sec-WebSocket-Protocol'];
  for (const name of names) {
    const socket = new WebSocket(`${WS}/echo`, ['a'], { headers: { [name]: 'x' } });
    socket.onerror = ({ error }) => console.log(error);
  }
}

export function overTls() {
  const socket = new WebSocket(`${WSS}/echo`);
  socket.onopen = () => socket.send('secret');
  socket.onmessage = ({ data, origin }) => {
    console.log(data, origin === WSS);
    socket.close();
  };
}

export function experimental() {
  for (let i = 0; i < 2; i++) {
    const socket = new Experimental(`${WS}/echo`);
    socket.onopen = () => socket.close();
    console.log(socket instanceof WebSocket, socket instanceof Experimental);
  }
  console.log(Experimental.OPEN);
}

export function closeTimeout() {
  const socket = new WebSocket(`${WS}/silent`, null, { closeTimeout: 50 });
  socket.onopen = () => socket.close(1000);
  socket.onclose = ({ code, wasClean }) => console.log(code, wasClean);
}

/** Logs how many pongs arrived before `wait` has returned, which lets nothing run. */
function pongsDuring(wait) {
  const socket = new WebSocket(`${WS}/echo`, null, { pingInterval: 10 });
  let end = Number.POSITIVE_INFINITY;
  let early = 0;
  let late = 0;
  socket.onopen = () => {
    wait();
    end = performance.now();
  };
  socket.onpong = ({ timeStamp }) => {
    if (timeStamp < end) early += 1;
    else late += 1;
    if (late === 3) socket.close();
  };
  socket.onclose = () => console.log(early >= 3, late);
}

export const pingsDuringSleep = () => pongsDuring(() => sleep(0.5));

export function pingsDuringWork() {
  pongsDuring(() => {
    const start = Date.now();
    while (Date.now() - start < 500);
  });
}

export function pongTimeout() {
  const socket = new WebSocket(`${WS}/silent`, null, { pingInterval: 10, pongTimeout: '50ms' });
  socket.onerror = ({ error }) => console.log(error);
  socket.onclose = ({ code, wasClean }) => console.log(code, wasClean);
}

export function wrongPongTimeout() {
  console.log(thrown(() => new WebSocket(`${WS}/silent`, null, { pongTimeout: 'soon' })));
}

export function pingInterval() {
  const socket = new WebSocket(`${WS}/echo`, null, { pingInterval: 5 });
  let pongs = 0;
  socket.onpong = () => {
    pongs += 1;
    if (pongs === 3) socket.close();
  };
  socket.onclose = () => console.log(pongs);
}
