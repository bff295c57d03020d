// Calls of every kind that the world `client` has, with a line for each fact: guests/transcripts/ has the lines.
import { Socket } from 'wasock:websocket/sockets@0.1.0';
import { Timer } from 'wasock:websocket/timers@0.1.0';
import { base, begin, connect, event, queue, result, sendText, yes } from './transcript.js';
import { env, log, millis } from './wasock.js';

const events = (what, max, timeout) => log(`${what}: ${queue.wait(max, millis(timeout)).length} events`);

const state = (socket) => log(`state ${socket.state()}`);

const sendBinary = (what, socket, data) => result(what, () => socket.sendBinary(new Uint8Array(data)));
const ping = (what, socket, size) => result(what, () => socket.ping(new Uint8Array(size).fill(112)));
const close = (what, socket, code, reason) => result(what, () => socket.close(code, reason));

const beforeConnect = (socket) => {
  state(socket);
  sendText('send-text', socket, 'x');
  sendBinary('send-binary', socket, [120]);
  ping('ping', socket, 1);
  close('close', socket, 1000, '');
  socket.abort();
  state(socket);
  connect('connect to nonsense', socket, 'nonsense');
  connect('connect to http', socket, 'http://a.test/');
  connect('connect with a wrong protocol', socket, base, { protocols: ['a b'] });
  connect('connect with a wrong header', socket, base, { headers: { 'a b': 'a b' } });
  connect('connect to a long URL', socket, `ws://a.test/${'x'.repeat(299_987)}`);
};

const conversation = (socket) => {
  const protocols = ['unsupported', 'chat.v1'];
  connect('connect', socket, `${base}/protocol`, { protocols });
  event();
  state(socket);
  for (const text of ['hello', '', '✓ 🐊']) {
    sendText('send-text', socket, text);
    event();
  }
  sendBinary('send-binary', socket, [0, 1, 255]);
  event();
  sendBinary('send-binary of nothing', socket, []);
  event();
  ping('ping', socket, 1);
  event();
  ping('ping of 126 bytes', socket, 126);
  for (let digit = 0; digit < 10; digit += 1) sendText('send-text', socket, String(digit));
  for (let digit = 0; digit < 10; digit += 1) event();
  log(`buffered-amount ${socket.bufferedAmount()}`);
};

const closing = (socket) => {
  close('close with a reason alone', socket, undefined, 'bye');
  close('close with a reason of 124 bytes', socket, 1000, 'r'.repeat(124));
  close('close', socket, 3001, 'bye');
  event();
  state(socket);
  close('close again', socket, 3001, 'bye');
  sendText('send-text when closed', socket, 'x');
  events('after closed', 64, 0);
};

/** Connects, says something once it is open, and writes what comes of it until the end. */
const attempt = (path, message, how) => {
  const socket = new Socket(queue);
  connect(path, socket, path.includes('://') ? path : base + path, how);
  let kind;
  do {
    kind = event();
    if (kind === 'opened' && message) sendText('send-text', socket, message);
  } while (kind !== 'closed' && kind !== 'failed');
  socket[Symbol.dispose]();
};

const endings = () => {
  attempt('/push?n=3&size=4');
  attempt('/push?n=1&size=100', undefined, { maxMessageSize: 10n });
  attempt('/close?code=4001&reason=oops&now=1');
  attempt('/close', 'x');
  attempt('/drop', 'x');
  attempt('/reset', 'x');
  attempt('/garbage', 'x');
  attempt('/fault?flip=1048');
  attempt('/status/404');
  attempt('/not-websocket');
  attempt('/garbage-handshake');
  attempt('/slow-handshake', undefined, { timeout: 50 });
  attempt('ws://blocked.test/');
  attempt('ws://nobody.invalid/');
  attempt('ws://127.0.0.1:1/');
};

/** Speaks TLS to a server that does not. */
const securing = () => {
  const socket = new Socket(queue);
  connect('connect by TLS', socket, `wss${env('PLAIN', base).replace(/^wss?/, '')}`);
  event();
  socket[Symbol.dispose]();
};

/** A state lasts as long as the server keeps the socket in it. */
const waiting = () => {
  const late = new Socket(queue);
  connect('connect', late, `${base}/slow-handshake`);
  state(late);
  connect('connect again', late, `${base}/slow-handshake`);
  sendText('send-text while connecting', late, 'x');
  ping('ping while connecting', late, 1);
  close('close while connecting', late, undefined, '');
  event();
  late[Symbol.dispose]();
  const silent = new Socket(queue);
  connect('connect', silent, `${base}/silent`);
  event();
  close('close', silent, 3001, 'bye');
  state(silent);
  sendText('send-text while closing', silent, 'x');
  ping('ping while closing', silent, 1);
  silent.abort();
  event();
  state(silent);
  silent[Symbol.dispose]();
};

const givingUp = () => {
  for (const abort of [true, false]) {
    const socket = new Socket(queue);
    connect('connect', socket, `${base}/ping?n=3`);
    for (let count = 0; count < 4; count += 1) event();
    if (abort) {
      socket.abort();
      event();
      state(socket);
    }
    socket[Symbol.dispose]();
  }
  events('after a drop', 64, 20);
};

const timers = () => {
  events('wait of 0', 0, 1);
  events('wait without waiting', 1, 0);
  const once = new Timer(queue, millis(1), undefined);
  event();
  once[Symbol.dispose]();
  const period = millis(5);
  const again = new Timer(queue, 0n, period);
  const [first, second, third] = [1, 2, 3].map(() => queue.wait(1, undefined)[0].val);
  const whole = (one, next) => next.due - one.due === period * (1n + one.missed);
  log(`periods are whole: ${yes(whole(first, second) && whole(second, third))}`);
  again[Symbol.dispose]();
  // A period may have gone by before.
  queue.wait(64, 0n);
  new Timer(queue, millis(10), undefined)[Symbol.dispose]();
  events('after the timers', 64, 30);
};

/** Calls of the world `client`. */
export const clientTranscript = () => {
  begin();
  const socket = new Socket(queue);
  log(`socket ${socket.id()}`);
  beforeConnect(socket);
  conversation(socket);
  closing(socket);
  socket[Symbol.dispose]();
  endings();
  securing();
  waiting();
  givingUp();
  timers();
};
