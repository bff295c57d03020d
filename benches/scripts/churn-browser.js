// Each user opens a connection, closes it, and begins again, with the browser's WebSocket.
import { WebSocket } from 'k6/websockets';

export default function () {
  const socket = new WebSocket(__ENV.URL);
  socket.onopen = () => socket.close();
}
