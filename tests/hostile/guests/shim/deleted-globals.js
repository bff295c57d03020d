import { check, sleep } from 'k6';
import { WebSocket } from 'k6/websockets';

/** Deletes all globals, and goes on with what it has imported. */
export default function () {
  const url = `${__ENV.WS}/echo`;
  const { deleteProperty, ownKeys } = Reflect;
  const everything = globalThis;
  for (const name of ownKeys(everything)) deleteProperty(everything, name);
  check(1, { checked: () => true });
  sleep(0.001);
  const socket = new WebSocket(url);
  socket.onopen = () => socket.close();
  socket.onclose = () => check(1, { closed: () => true });
}
