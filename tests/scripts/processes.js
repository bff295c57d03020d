// What several processes of one run do: each iteration says who it is, talks to the server, and does what __ENV.CASE
// asks for.
import { check, sleep } from 'k6';
import exec from 'k6/execution';
import { Counter, Trend } from 'k6/metrics';
import ws from 'k6/ws';

export const options = JSON.parse(__ENV.OPTIONS || '{}');

const words = new Counter('words');
const lengths = new Trend('lengths');

if (__ENV.CASE === 'init' && __VU === 2) throw new Error('no second user');

export function setup() {
  console.log('setup');
  return { token: 'crocodile' };
}

export default function (data) {
  const { idInTest, idInInstance } = exec.vu;
  const { iterationInTest } = exec.scenario;
  console.log(JSON.stringify([idInTest, idInInstance, iterationInTest, data.token]));
  const socket = (socket) => {
    socket.on('open', () => socket.send(`I am ${idInTest}`));
    socket.on('message', (text) => {
      words.add(3, { who: String(idInTest) });
      lengths.add(text.length);
      if (__ENV.CASE === 'hold') console.log('holding');
      else socket.close();
    });
  };
  const response = ws.connect(`${__ENV.WS}/echo`, { tags: { user: `${idInTest}` } }, socket);
  const doubted = __ENV.CASE === 'doubt' && idInTest === 2;
  check(response, { 'is open': ({ status }) => status === 101 && !doubted });
  if (iterationInTest !== 4) return;
  if (__ENV.CASE === 'abort') exec.test.abort('the fifth iteration');
  if (__ENV.CASE === 'fail') exec.test.fail('the fifth iteration');
  if (__ENV.CASE === 'wait') sleep(600);
}

export function teardown(data) {
  console.log(`teardown with ${data.token}`);
}
