import { WebSocket } from 'k6/websockets';

/** Pings a server without end, and never waits for an answer. */
export default function () {
  const socket = new WebSocket(`${__ENV.WS}/echo`);
  socket.onopen = () => {
    for (;;) socket.ping();
  };
}
