// Each user opens a connection, says something now and then, and leaves: now with k6/ws, now with WebSocket.
import { check, sleep } from 'k6';
import { Counter, Trend } from 'k6/metrics';
import { WebSocket } from 'k6/websockets';
import ws from 'k6/ws';

const said = new Counter('said');
const took = new Trend('took', true);
const text = () => JSON.stringify({ user: __VU, at: Date.now(), words: ['snap', 'swamp', `${Math.random()}`] });

function hear(data) {
  const message = JSON.parse(data);
  took.add(Date.now() - message.at, { user: `${message.user % 10}` });
  check(message, { 'is ours': ({ user }) => user === __VU });
}

function withSession() {
  const response = ws.connect(__ENV.URL, { tags: { kind: 'session' } }, (socket) => {
    socket.on('open', () => {
      socket.setInterval(() => {
        socket.send(text());
        said.add(1);
      }, 200);
      socket.setInterval(() => socket.ping(), 500);
      socket.setTimeout(() => socket.close(), 1000 + 2000 * Math.random());
    });
    socket.on('message', hear);
  });
  check(response, { connected: ({ status }) => status === 101 });
  sleep(Math.random());
}

function withWebSocket() {
  const socket = new WebSocket(__ENV.URL, [], { tags: { kind: 'object' } });
  socket.onopen = () => {
    const talking = setInterval(() => {
      socket.send(text());
      said.add(1);
    }, 200);
    setTimeout(() => {
      clearInterval(talking);
      socket.close();
    }, 1000 + 2000 * Math.random());
  };
  socket.onmessage = ({ data }) => hear(data);
}

export default function () {
  if (__ITER % 2) withSession();
  else withWebSocket();
}
