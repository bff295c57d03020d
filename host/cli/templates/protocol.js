// A protocol of requests and replies on one connection for each user, which outlives the iterations.
// The times of the replies are measured where they arrive, as the metric ws_rtt.
//
//   wasock serve                  # in another terminal: the server that this talks to
//   wasock run {{file}}
//
// `-e URL=wss://your.server/path` tests yours.
import { check } from 'k6';
import { WebSocket } from 'k6/websockets';
import { RoundTrips } from 'wasock/round-trips';

const url = __ENV.URL || 'ws://localhost:8765/protocol';
const subprotocol = 'requests.v1';
const requests = new RoundTrips({ timeout: '5s' });

export const options = {
  scenarios: {
    orders: { executor: 'shared-iterations', vus: 3, iterations: 30, maxDuration: '30s' },
  },
  thresholds: {
    checks: ['rate==1'],
    ws_rtt: ['p(95)<500'],
    ws_rtt_lost: ['count==0'],
  },
};

// What belongs to the user, and stays from one iteration to the next.
let socket;
let lastId = 0;

export default async function () {
  socket ??= await open();
  const reply = await request({ buy: 'croc' });
  check(reply, { 'the reply is to the request': (r) => r.buy === 'croc' });
}

/** Opens the connection of this user. */
function open() {
  return new Promise((resolve, reject) => {
    const opening = new WebSocket(url, subprotocol, { persistent: true });
    opening.onopen = () => resolve(opening);
    opening.onerror = (event) => reject(new Error(event.error));
  });
}

/** Sends a request, and waits for its reply. */
function request(body) {
  const id = ++lastId;
  return new Promise((resolve) => {
    const listen = (event) => {
      const reply = JSON.parse(event.data);
      if (reply.id !== id) return;
      requests.received(event, id);
      socket.removeEventListener('message', listen);
      resolve(reply);
    };
    socket.addEventListener('message', listen);
    socket.send(JSON.stringify({ id, ...body }));
    requests.sent(socket, id); // after send: the last message gets the reply
  });
}
