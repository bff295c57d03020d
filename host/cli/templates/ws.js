// A load test with k6/ws, which blocks until its connection has ended: users connect, talk for a
// while, and leave.
//
//   wasock serve                  # in another terminal: the server that this talks to
//   wasock run {{file}}
//
// `-e URL=wss://your.server/path` tests yours.
import { check, sleep } from 'k6';
import { Counter } from 'k6/metrics';
import ws from 'k6/ws';

const url = __ENV.URL || 'ws://localhost:8765/echo';
const replies = new Counter('replies');

export const options = {
  // Up to five users, and down again.
  stages: [
    { duration: '2s', target: 5 },
    { duration: '3s', target: 5 },
    { duration: '1s', target: 0 },
  ],
  // The run fails, with exit code 99, if one of these does not hold.
  thresholds: {
    checks: ['rate>0.99'],
    ws_connecting: ['p(95)<500'],
    replies: ['count>0'],
  },
};

export default function () {
  // Headers, tags for the samples, and what else `ws.connect` takes.
  const params = { headers: { 'X-User': `user ${__VU}` }, tags: { room: 'lobby' } };

  const response = ws.connect(url, params, (socket) => {
    socket.on('open', () => {
      socket.setInterval(() => socket.send(`message of user ${__VU}`), 250);
      socket.setInterval(() => socket.ping(), 500);
      // An iteration lasts as long as its connection.
      socket.setTimeout(() => socket.close(), 1000);
    });
    socket.on('message', () => replies.add(1));
    socket.on('error', (error) => console.error(error.error()));
  });

  check(response, { 'the status is 101': (r) => r && r.status === 101 });
  sleep(0.1);
}
