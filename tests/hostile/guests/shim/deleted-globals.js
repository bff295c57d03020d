import { check } from 'k6';
import { WebSocket } from 'k6/websockets';

/** Deletes all globals while a socket opens, and goes on with what it has imported. */
export default function () {
  const socket = new WebSocket(`${__ENV.WS}/echo`);
  const { deleteProperty, ownKeys } = Reflect;
  const everything = globalThis;
  socket.onopen = () => {
    for (const name of ownKeys(everything)) deleteProperty(everything, name);
    socket.send('hello');
  };
  socket.onmessage = ({ data }) => {
    check(data, { echoed: (text) => text === 'hello' });
    socket.close();
  };
  socket.onclose = () => check(1, { closed: () => true });
}
