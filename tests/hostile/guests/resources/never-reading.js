import { sleep } from 'k6';
import { WebSocket } from 'k6/websockets';

/** Lets a server send without end, and reads nothing. */
export default function () {
  for (let i = 0; i < 20; i++) {
    const socket = new WebSocket(`${__ENV.WS}/push?n=1000000&size=65536`);
    socket.onopen = () => sleep(60);
  }
}
