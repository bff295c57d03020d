import { WebSocket } from 'k6/websockets';
import ws from 'k6/ws';

/** Lets every object have what it has not: values and setters under all names that options have. */
export default function () {
  const names = ['headers', 'tags', 'jar', 'compression', 'code', 'value', 'get', 'set', 'status'];
  names.push('message', 'stack', 'data', 'timeout', 'done', 'next', 'default', 'url', 'name', '0');
  for (const name of names) {
    Object.defineProperty(Object.prototype, name, {
      __proto__: null,
      get: () => {
        throw new Error(`read ${name}`);
      },
      set: () => {
        throw new Error(`wrote ${name}`);
      },
      configurable: true,
    });
  }
  try {
    ws.connect(`${__ENV.WS}/echo`, null, (socket) => socket.on('open', () => socket.close()));
    console.log('connected');
  } catch (error) {
    console.log(`${error}`);
  }
  const socket = new WebSocket(`${__ENV.WS}/echo`);
  socket.addEventListener('open', () => socket.close());
  socket.addEventListener('close', () => console.log('closed'));
}
