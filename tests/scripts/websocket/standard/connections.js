// Connections for the subtests of WebSocket.

import { WebSocket } from 'k6/websockets';

export const { WS, WSS } = __ENV;

/** Where nobody listens. */
export const NOBODY = 'ws://127.0.0.1:1/';

/** A socket for tests that need none of its events. */
export function unused(...args) {
  const socket = new WebSocket(...args);
  socket.close();
  return socket;
}

/** Waits for the next event of a type. */
export const next = (target, type) => new Promise((resolve) => target.addEventListener(type, resolve, { once: true }));

/** A socket that is open. */
export async function opened(path = '/echo', ...args) {
  const socket = new WebSocket(`${WS}${path}`, ...args);
  socket.binaryType = 'arraybuffer';
  await next(socket, 'open');
  return socket;
}

/** Sends values, and returns what comes back. */
export async function echoes(values, binaryType = 'arraybuffer') {
  const socket = await opened();
  socket.binaryType = binaryType;
  const received = [];
  for (const value of values) socket.send(value);
  while (received.length < values.length) received.push((await next(socket, 'message')).data);
  await closed(socket);
  return received;
}

/** Closes a socket and waits for the end. */
export function closed(socket, ...args) {
  socket.close(...args);
  return next(socket, 'close');
}
