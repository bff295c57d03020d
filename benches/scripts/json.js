// Each user parses a message of 1 KB, changes it, and sends it back.
import ws from 'k6/ws';

const first = {
  sequence: 0,
  users: Array.from({ length: 9 }, (_, i) => ({
    id: 1000 + i,
    name: `user ${i}`,
    active: i % 2 === 0,
    score: i * 1.5,
    room: { name: 'swamp', topic: 'snap', members: 12 },
  })),
};

export default function () {
  ws.connect(__ENV.URL, {}, (socket) => {
    socket.on('open', () => socket.send(JSON.stringify(first)));
    socket.on('message', (text) => {
      const message = JSON.parse(text);
      message.sequence += 1;
      socket.send(JSON.stringify(message));
    });
  });
}
