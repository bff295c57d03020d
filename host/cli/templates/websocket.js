// A load test with the browser's WebSocket: it does not block, so a user can have many.
//
//   wasock serve                  # in another terminal: the server that this talks to
//   wasock run {{file}}
//
// `-e URL=wss://your.server/path` tests yours.
import { check } from 'k6';
import { Trend } from 'k6/metrics';
import { WebSocket } from 'k6/websockets';

const url = __ENV.URL || 'ws://localhost:8765/echo';
const connectionsPerUser = 3;
const roundTrip = new Trend('round_trip', true);

export const options = {
  scenarios: {
    // Each of four users opens its connections twice.
    talk: { executor: 'per-vu-iterations', vus: 4, iterations: 2, maxDuration: '30s' },
  },
  thresholds: {
    checks: ['rate==1'],
    round_trip: ['p(95)<500'],
  },
};

export default function () {
  // The iteration ends when all of its connections have.
  for (let number = 0; number < connectionsPerUser; number++) connect(number);
}

function connect(number) {
  const socket = new WebSocket(url, null, { tags: { connection: `${number}` } });
  let sent = 0;

  socket.addEventListener('open', () => {
    sent = performance.now();
    socket.send(JSON.stringify({ number, text: 'hello' }));
  });

  socket.addEventListener('message', (event) => {
    roundTrip.add(performance.now() - sent);
    check(JSON.parse(event.data), { 'the message comes back': (m) => m.number === number });
    socket.close(1000, 'done');
  });

  socket.addEventListener('close', (event) => {
    check(event, { 'the connection was closed in order': (e) => e.wasClean && e.code === 1000 });
  });

  socket.addEventListener('error', (event) => console.error(event.error));
}
