// The smallest test: one connection, one message there and back.
//
//   wasock serve                  # in another terminal: the server that this talks to
//   wasock run {{file}}
//
// `-e URL=wss://your.server/path` tests yours.
import { check } from 'k6';
import ws from 'k6/ws';

const url = __ENV.URL || 'ws://localhost:8765/echo';

export const options = {
  vus: 1, // how many users there are
  iterations: 1, // how many times they run the function below together
};

export default function () {
  const response = ws.connect(url, (socket) => {
    socket.on('open', () => socket.send('hello'));
    socket.on('message', (text) => {
      check(text, { 'the message comes back': (t) => t === 'hello' });
      socket.close();
    });
    socket.on('error', (error) => console.error(error.error()));
  });
  check(response, { 'the status is 101': (r) => r && r.status === 101 });
}
