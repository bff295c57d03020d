import { WebSocket } from 'k6/websockets';

/** Closes with a reason that does not fit into a frame, and with codes that there are not. */
export default function () {
  const socket = new WebSocket(`${__ENV.WS}/echo`);
  socket.onopen = () => {
    const attempts = [
      [1000, 'x'.repeat(1_000_000)],
      [1000, '🐊'.repeat(31)],
      [1005, ''],
      [0, ''],
      [65_536 + 1000, ''],
      [Number.NaN, ''],
    ];
    for (const [code, reason] of attempts) {
      try {
        socket.close(code, reason);
        console.log('closing');
      } catch (error) {
        console.log(`${error.name}: ${error.message}`);
      }
    }
  };
}
