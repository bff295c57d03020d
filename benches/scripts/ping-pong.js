// Each user sends a message when it has got the last one back.
import ws from 'k6/ws';

const text = 'x'.repeat(64);

export default function () {
  ws.connect(__ENV.URL, {}, (socket) => {
    socket.on('open', () => socket.send(text));
    socket.on('message', () => socket.send(text));
  });
}
