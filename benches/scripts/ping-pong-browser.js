// Each user sends a message when it has got the last one back, with the browser's WebSocket.
import { WebSocket } from 'k6/websockets';

const text = 'x'.repeat(64);

export default function () {
  const socket = new WebSocket(__ENV.URL);
  socket.onopen = () => socket.send(text);
  socket.onmessage = () => socket.send(text);
}
