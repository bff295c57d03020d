// Four sockets at once in one user, with listeners, timers and their cancellation.
import { randomIntBetween, randomString } from 'https://jslib.k6.io/k6-utils/1.1.0/index.js';
import { WebSocket } from 'k6/experimental/websockets';
import {
  setTimeout,
  clearTimeout,
  setInterval,
  clearInterval,
} from 'k6/experimental/timers';
import { check } from 'k6';

const room = 'swamp';
const stay = randomIntBetween(200, 250);

export default function () {
  for (let i = 0; i < 4; i++) {
    join(i);
  }
}

function join(id) {
  const socket = new WebSocket(`wss://chat.example/ws/crocochat/${room}/`);

  socket.addEventListener('open', () => {
    socket.send(JSON.stringify({ event: 'SET_NAME', new_name: `Croc ${__VU}:${id}` }));

    socket.addEventListener('message', (e) => {
      const message = JSON.parse(e.data);
      if (message.event === 'ERROR') {
        console.error(`${__VU}:${id} is told: ${message.message}`);
      } else {
        check(message, { 'has a sender': (m) => typeof m.user === 'string' });
      }
    });

    const talking = setInterval(() => {
      socket.send(JSON.stringify({ event: 'SAY', message: `snap ${randomString(5)}` }));
    }, randomIntBetween(30, 60));

    const leaving = setTimeout(() => {
      clearInterval(talking);
      console.log(`${__VU}:${id} leaves`);
      socket.send(JSON.stringify({ event: 'LEAVE' }));
    }, stay);

    const closing = setTimeout(() => {
      console.log(`${__VU}:${id} closes by force`);
      socket.close();
    }, stay + 5000);

    socket.addEventListener('close', () => {
      clearTimeout(leaving);
      clearTimeout(closing);
      console.log(`${__VU}:${id} is out`);
    });
  });
}
