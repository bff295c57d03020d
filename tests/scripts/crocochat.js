// Three users in a chat room, each of whom says something again and again and then leaves.
import { randomIntBetween, randomString } from 'https://jslib.k6.io/k6-utils/1.1.0/index.js';
import ws from 'k6/ws';
import { check, sleep } from 'k6';

const stay = randomIntBetween(1050, 1150);
const room = 'swamp';

export const options = { vus: 3, iterations: 3 };

export default function () {
  const url = `wss://chat.example/ws/crocochat/${room}/`;
  const params = { tags: { kind: 'chat' } };

  const response = ws.connect(url, params, function (socket) {
    socket.on('open', function () {
      console.log(`user ${__VU} is in`);
      socket.send(JSON.stringify({ event: 'SET_NAME', new_name: `Croc ${__VU}` }));
      socket.setInterval(function () {
        socket.send(JSON.stringify({ event: 'SAY', message: `snap ${randomString(5)}` }));
      }, randomIntBetween(100, 200));
    });
    socket.on('message', function (text) {
      const message = JSON.parse(text);
      if (message.event === 'CHAT_MSG') {
        check(message, {
          'somebody says something': (m) => /^Croc \d$/.test(m.user) && /^snap \w{5}$/.test(m.message),
        });
      } else if (message.event === 'ERROR') {
        console.error(`user ${__VU} is told: ${message.message}`);
      }
    });
    socket.on('close', function () {
      console.log(`user ${__VU} is out`);
    });
    socket.setTimeout(function () {
      socket.send(JSON.stringify({ event: 'LEAVE' }));
    }, stay);
    socket.setTimeout(function () {
      console.log('closing by force');
      socket.close();
    }, stay + 5000);
  });

  check(response, { 'connected': (r) => r && r.status === 101 });
  sleep(0.01);
}
