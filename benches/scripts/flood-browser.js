// One user reads, with the browser's WebSocket.
import { WebSocket } from 'k6/websockets';

export default function () {
  const socket = new WebSocket(__ENV.URL);
  let length = 0;
  socket.onmessage = (event) => {
    length += event.data.length;
  };
}
