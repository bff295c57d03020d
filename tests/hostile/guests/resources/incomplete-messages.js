import { WebSocket } from 'k6/websockets';

/** Lets a server begin thirty long messages that have no end. */
export default function () {
  for (let i = 0; i < 30; i++) {
    const socket = new WebSocket(`${__ENV.WS}/endless-fragments`);
    socket.onerror = ({ error }) => console.log(error);
  }
}
