// Counts who runs which iteration, so that the parts of a test can be added up.
import exec from 'k6/execution';
import { Counter } from 'k6/metrics';
import ws from 'k6/ws';

const done = new Counter('done');

export const options = { vus: 7, iterations: 10 };

export default function () {
  const tags = { user: String(exec.vu.idInTest), number: String(exec.scenario.iterationInTest) };
  done.add(1, tags);
  ws.connect(`${__ENV.WS}/echo`, (socket) => {
    socket.on('open', () => socket.send('hello'));
    socket.on('message', () => socket.close());
  });
}
