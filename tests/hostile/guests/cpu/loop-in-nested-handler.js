import ws from 'k6/ws';

/** Never returns from a handler inside of a call that blocks. */
export default function () {
  ws.connect(`${__ENV.WS}/echo`, (socket) => {
    socket.on('open', () => {
      for (;;);
    });
  });
}
