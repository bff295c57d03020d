// Each user opens a connection, closes it, and begins again.
import ws from 'k6/ws';

export default function () {
  ws.connect(__ENV.URL, {}, (socket) => {
    socket.on('open', () => socket.close());
  });
}
