import { WebSocket } from 'k6/websockets';

/** Opens sockets as long as it gets any, and counts what became of them. */
export default function () {
  const counts = { opened: 0, refused: 0 };
  const all = Number(__ENV.SOCKETS);
  const sockets = [];
  const done = () => {
    if (counts.opened + counts.refused !== all) return;
    console.log(`${counts.opened} opened, ${counts.refused} refused`);
    for (const socket of sockets.splice(0)) socket.close();
  };
  for (let i = 0; i < all; i++) {
    const socket = new WebSocket(`${__ENV.WS}/echo`);
    sockets.push(socket);
    socket.onopen = () => {
      counts.opened += 1;
      done();
    };
    socket.onerror = (event) => {
      if (counts.refused++ === 0) console.log(event.error);
      done();
    };
  }
}
