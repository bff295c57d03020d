import { WebSocket } from 'k6/websockets';

/** Sends without end to ten peers that do not read. */
export default function () {
  const message = new Uint8Array(1 << 20);
  for (let i = 0; i < 10; i++) {
    const socket = new WebSocket(`${__ENV.WS}/silent`);
    socket.onopen = () => {
      const more = () => {
        socket.send(message);
        setTimeout(more, 0);
      };
      more();
    };
  }
}
