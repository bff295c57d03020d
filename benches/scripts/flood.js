// One user reads.
import ws from 'k6/ws';

export default function () {
  ws.connect(__ENV.URL, {}, (socket) => {
    let length = 0;
    socket.on('message', (text) => {
      length += text.length;
    });
  });
}
