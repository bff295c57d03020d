import { WebSocket } from 'k6/websockets';

/** Is sent a million small messages, and takes a while for each. */
export default function () {
  const socket = new WebSocket(`${__ENV.WS}/push?n=1000000&size=1`);
  socket.onmessage = () => {
    for (let i = 0; i < 100_000; i++);
  };
}
