// Each user keeps a connection open, with the browser's WebSocket.
import { WebSocket } from 'k6/websockets';

export default function () {
  new WebSocket(__ENV.URL).onmessage = () => {};
}
