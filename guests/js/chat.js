// Ten users meet in a chat room, say something every second or two, and leave: examples/crocochat.js on the WIT itself.
import { vu } from 'wasock:websocket/execution@0.1.0';
import { clientTranscript } from './client-transcript.js';
import { fault } from './fault.js';
import { flood, pingPong } from './speed.js';
import { vuTranscript } from './vu-transcript.js';
import { alarm, check, connect, env, log, metric, random, test } from './wasock.js';

const server = () => env('WSS', 'wss://chat.example');
const pause = () => Number(env('PAUSE', 1000));

const chat = async ({ room }) => {
  await echo();
  const pongs = metric('chat_pongs', 'counter');
  const socket = await connect(`${server()}/ws/crocochat/${room}/`, { tags: { room } });
  check('connected', socket.handshake.status === 101);

  const say = (event) => socket.send(JSON.stringify(event));
  say({ event: 'SET_NAME', new_name: `Croc ${vu().idInTest}` });
  const snap = () => say({ event: 'SAY', message: `snap ${String(random(0, 99999)).padStart(5, '0')}` });
  const stops = [
    alarm(snap, pause(), random(pause(), 2 * pause())),
    alarm(() => socket.ping('are you there?'), pause(), pause()),
  ];
  const leave = alarm(() => {
    for (const stop of stops) stop();
    say({ event: 'LEAVE' });
  }, Number(env('STAY', 8000)));

  for await (const { tag, data } of socket) {
    if (tag === 'text') check('is a chat message', JSON.parse(data).event === 'CHAT_MSG');
    if (tag === 'pong') pongs.add(1);
  }
  leave();
  check('left the room', socket.closed.code === 1000 && socket.closed.wasClean);
  socket.drop();
};

// One binary message there and back, with a subprotocol.
const echo = async () => {
  const bytes = new Uint8Array([0, 1, 2, 255]);
  const socket = await connect(`${server()}/protocol`, { protocols: ['chat.v1'], timeout: 5000 });
  check('speaks chat.v1', socket.handshake.protocol === 'chat.v1');
  socket.sendBinary(bytes);
  for await (const { tag, data } of socket) {
    check('is what was sent', tag === 'binary' && String(data) === String(bytes));
    socket.close(1000, 'done');
  }
  socket.drop();
};

export const lifecycle = test({
  options: {
    vus: 10,
    iterations: 10,
    thresholds: { checks: ['rate==1'], ws_connecting: ['p(95)<1000'] },
  },
  setup: () => ({ room: 'swamp' }),
  teardown: ({ room }) => log(`the ${room} is empty`),
  handleSummary: (data) => (env('SUMMARY') ? { [env('SUMMARY')]: JSON.stringify(data) } : {}),
  functions: { default: chat, clientTranscript, vuTranscript, pingPong, flood, fault },
});
