// The CrocoChat script with a server that says nothing, so that its users are idle.
import { check } from 'k6';
import ws from 'k6/ws';
import { randomIntBetween, randomString } from 'https://jslib.k6.io/k6-utils/1.4.0/index.js';

export default function () {
  const stay = randomIntBetween(600_000, 900_000);
  const url = __ENV.URL;

  const response = ws.connect(url, { tags: { room: 'swamp' } }, (socket) => {
    const say = (event) => socket.send(JSON.stringify(event));

    socket.on('open', () => {
      say({ event: 'SET_NAME', new_name: `Croc ${__VU}` });
      socket.setInterval(
        () => say({ event: 'SAY', message: `snap ${randomString(5)}` }),
        randomIntBetween(600_000, 900_000),
      );
      socket.setInterval(() => socket.ping(), 600_000);
    });

    socket.on('message', (text) => {
      const message = JSON.parse(text);
      check(message, { 'is a chat message': (m) => m.event === 'CHAT_MSG' });
    });

    socket.setTimeout(() => say({ event: 'LEAVE' }), stay);
    socket.setTimeout(() => socket.close(), stay + 3000);
  });

  check(response, { 'connected': (r) => r.status === 101 });
}
