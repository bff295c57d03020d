import { WebSocket } from 'k6/websockets';

/** Never returns from an event handler. */
export default function () {
  const socket = new WebSocket(`${__ENV.WS}/echo`);
  socket.onopen = () => {
    for (;;);
  };
}
