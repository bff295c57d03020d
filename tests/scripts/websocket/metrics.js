// The samples of WebSocket objects.

import { group, sleep } from 'k6';
import exec from 'k6/execution';
import { WebSocket } from 'k6/websockets';

const { WS } = __ENV;

/** A connection that sends one text, and closes when it has come back. */
function session(params, protocols = null, path = '/protocol') {
  const socket = new WebSocket(`${WS}${path}`, protocols, params);
  socket.onopen = () => socket.send('x');
  socket.onmessage = () => socket.close();
  return socket;
}

export const plain = () => session({});
export const named = () => session({ tags: { name: 'custom' } });
export const tagged = () => session({ tags: { lorem: 'ipsum', version: 13 } });
export const withProtocol = () => session({}, ['one']);
export const inAGroup = () => group('outer', () => session({}));
export const ofTheVu = () => {
  exec.vu.metrics.tags.mine = 'before';
  session({});
  exec.vu.metrics.tags.mine = 'after';
};

export function failed() {
  new WebSocket('ws://127.0.0.1:1/');
  new WebSocket(`${WS}/status/503`);
}

export function pinged() {
  const socket = new WebSocket(`${WS}/echo`);
  socket.onopen = () => socket.ping();
  socket.onpong = () => socket.close();
}

export const refusedHeader = () => new WebSocket(`${WS}/echo`, null, { headers: { Upgrade: 'x' } });

export function several() {
  for (let i = 0; i < 3; i++) session({});
}

export function throwsWithOpenSockets() {
  let open = 0;
  const opened = () => {
    open += 1;
    if (open === 2) throw new Error('no');
  };
  for (let i = 0; i < 2; i++) new WebSocket(`${WS}/echo`).onopen = opened;
}

export function refusedClose() {
  const socket = new WebSocket(`${WS}/echo`);
  socket.onopen = () => socket.close(1001);
}

export function neverClosed() {
  new WebSocket(`${WS}/echo`);
}

/** The third message closes the socket; what came with it is not heard. */
export function closeAtTheThirdOfMany() {
  const socket = new WebSocket(`${WS}/push?n=100`);
  let heard = 0;
  socket.onopen = () => sleep(0.5);
  socket.onmessage = () => {
    heard += 1;
    if (heard === 3) socket.close();
  };
  socket.onclose = () => console.log('handled', heard);
}
