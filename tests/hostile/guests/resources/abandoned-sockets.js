import { WebSocket } from 'k6/websockets';

/** Leaves five hundred sockets behind in each iteration, open and unreachable. */
export default function () {
  let left = 500;
  for (let i = 0; i < 500; i++) {
    const socket = new WebSocket(`${__ENV.WS}/echo`);
    socket.onopen = () => {
      left -= 1;
      if (left === 0) throw new Error('left behind');
    };
  }
}
