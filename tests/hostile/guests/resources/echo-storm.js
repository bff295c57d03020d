import { WebSocket } from 'k6/websockets';

/** Answers each message with two. */
export default function () {
  const socket = new WebSocket(`${__ENV.WS}/echo`);
  socket.onopen = () => socket.send('x');
  socket.onmessage = () => {
    socket.send('x');
    socket.send('x');
  };
}
