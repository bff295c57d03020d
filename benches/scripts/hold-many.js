// One user keeps many connections open.
import { WebSocket } from 'k6/websockets';

export default function () {
  for (let i = 0; i < Number(__ENV.SOCKETS); i += 1) {
    new WebSocket(__ENV.URL).onmessage = () => {};
  }
}
