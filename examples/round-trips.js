// How long replies take: five users ask, three questions at a time, and know each reply by its id.
//
//   wasock run --serve examples/round-trips.js
//
// The times are the host's, so they are right even while the script is busy with something else.
import { check } from 'k6';
import { WebSocket } from 'k6/websockets';
import { RoundTrips } from 'wasock/round-trips';

const trips = new RoundTrips({ tags: { kind: 'question' }, timeout: '5s' });

export const options = {
  vus: 5,
  iterations: 5,
  thresholds: {
    'ws_rtt{kind:question}': ['p(95)<1000'],
    ws_rtt_lost: ['count==0'],
    ws_connect_errors: ['count==0'],
  },
};

const QUESTIONS = 30;
const AT_A_TIME = 3;

export default function () {
  const socket = new WebSocket('ws://questions.example/echo?delay=20');
  let asked = 0;
  let answered = 0;

  const ask = () => {
    asked += 1;
    socket.send(JSON.stringify({ id: asked, text: 'What time is it?' }));
    trips.sent(socket, asked);
  };

  socket.onopen = () => {
    for (let i = 0; i < AT_A_TIME; i++) ask();
  };

  socket.onmessage = (event) => {
    const { id } = JSON.parse(event.data);
    const elapsed = trips.received(event, id);
    check(elapsed, { 'is the reply to a question': (ms) => ms >= 20 });
    answered += 1;
    if (asked < QUESTIONS) ask();
    else if (answered === QUESTIONS) socket.close(1000);
  };
}
