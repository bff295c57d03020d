// Ten users meet in a chat room, say something every second or two, and leave.
//
//   wasock run --serve examples/crocochat.js
//
// `--serve` starts a chat server for the run and leads every host name to it.
import { check } from 'k6';
import ws from 'k6/ws';
import { randomIntBetween, randomString } from 'https://jslib.k6.io/k6-utils/1.4.0/index.js';

export const options = {
  vus: 10,
  iterations: 10,
  thresholds: {
    checks: ['rate==1'],
    ws_connecting: ['p(95)<1000'],
  },
};

export default function () {
  const stay = randomIntBetween(5000, 12000);
  const url = 'wss://chat.example/ws/crocochat/swamp/';

  const response = ws.connect(url, { tags: { room: 'swamp' } }, (socket) => {
    const say = (event) => socket.send(JSON.stringify(event));

    socket.on('open', () => {
      say({ event: 'SET_NAME', new_name: `Croc ${__VU}` });
      socket.setInterval(
        () => say({ event: 'SAY', message: `snap ${randomString(5)}` }),
        randomIntBetween(1000, 2000),
      );
      socket.setInterval(() => socket.ping(), 1000);
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
