// Calls of every kind, with a line for each fact: guests/transcripts/ has the lines.
import { Jar } from 'wasock:websocket/cookies@0.1.0';
import { randomBytes } from 'wasock:websocket/environment@0.1.0';
import { EventQueue } from 'wasock:websocket/events@0.1.0';
import { interrupted, scenario, vu } from 'wasock:websocket/execution@0.1.0';
import { Request } from 'wasock:websocket/http@0.1.0';
import { add, declare } from 'wasock:websocket/metrics@0.1.0';
import { get as secret } from 'wasock:websocket/secrets@0.1.0';
import { Socket } from 'wasock:websocket/sockets@0.1.0';
import * as summary from 'wasock:websocket/summary@0.1.0';
import * as tags from 'wasock:websocket/tags@0.1.0';
import { Timer } from 'wasock:websocket/timers@0.1.0';
import { check, connectOptions as options, describe, env, log, millis } from './wasock.js';

let queue;
let base;

const yes = (whether) => (whether ? 'yes' : 'no');

/** Writes what a call came to. */
const result = (what, call) => {
  try {
    call();
    log(`${what}: ok`);
  } catch ({ payload }) {
    log(`${what}: ${typeof payload === 'string' ? payload : describe(payload)}`);
  }
};

const bytes = (kind, { socket, data }) => {
  const hex = Array.from(data, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${kind} ${socket} [${hex}]`;
};

const lines = {
  opened: ({ socket, handshake: { status, protocol } }) => `opened ${socket} status ${status} protocol "${protocol}"`,
  failed: ({ socket, failure, handshake }) =>
    `failed ${socket} status ${handshake?.status ?? 0} ${describe(failure.code)}`,
  text: ({ socket, data }) => `text ${socket} "${data}"`,
  binary: (message) => bytes('binary', message),
  ping: (message) => bytes('ping', message),
  pong: (message) => bytes('pong', message),
  closed: ({ socket, code, reason, wasClean, failure }) =>
    `closed ${socket} code ${code} "${reason}" ${wasClean ? 'clean' : 'unclean'} ` +
    (failure ? describe(failure.code) : 'no failure'),
  timer: ({ timer }) => `timer ${timer}`,
  completed: ({ operation }) => `completed ${operation}`,
};

/** Writes one event, and returns its kind. */
const event = () => {
  const [{ tag, val }] = queue.wait(1, undefined);
  log(lines[tag](val));
  return tag;
};

const events = (what, max, timeout) => log(`${what}: ${queue.wait(max, millis(timeout)).length} events`);

const state = (socket) => log(`state ${socket.state()}`);

const sendText = (what, socket, text) => result(what, () => socket.sendText(text));
const sendBinary = (what, socket, data) => result(what, () => socket.sendBinary(new Uint8Array(data)));
const ping = (what, socket, size) => result(what, () => socket.ping(new Uint8Array(size).fill(112)));
const close = (what, socket, code, reason) => result(what, () => socket.close(code, reason));
const connect = (what, socket, url, how) => result(what, () => socket.connect(url, options(how)));

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
  attempt('/push?n=1&size=100', undefined, { maxMessageSize: 10 });
  attempt('/close?code=4001&reason=oops&now=1');
  attempt('/close', 'x');
  attempt('/drop', 'x');
  attempt('/garbage', 'x');
  attempt('/status/404');
  attempt('/not-websocket');
  attempt('/garbage-handshake');
  attempt('/slow-handshake', undefined, { timeout: 50 });
  attempt('ws://blocked.test/');
  attempt('ws://127.0.0.1:1/');
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

const http = () => {
  const request = new Request(queue);
  const url = `http${base.slice('ws'.length)}/http/status/418`;
  const how = { headers: [], body: undefined, encodings: [], cookies: [], discardBody: false };
  result('request of a wrong method', () => request.start('a b', url, how, undefined));
  result('request', () => request.start('GET', url, how, undefined));
  event();
  log(`status ${request.take().answer.val.status}`);
  log(`taken again: ${yes(request.take() !== undefined)}`);
};

const cookies = () => {
  const jar = new Jar();
  const none = { secure: false, httpOnly: false };
  result('set', () => jar.set('ws://a.test/', 'a', 'b', none));
  result('set for nonsense', () => jar.set('nonsense', 'a', 'b', none));
  for (const [name, value] of jar.cookies('ws://a.test/')) log(`cookie ${name}=${value}`);
};

const measuring = () => {
  const numbers = [];
  const declared = (what, name, kind) => result(what, () => numbers.push(declare(name, kind, 'default')));
  declared('declare', 'transcript', 'counter');
  declared('declare again', 'transcript', 'counter');
  log(`the same: ${yes(numbers[0] === numbers[1])}`);
  declared('declare as another', 'transcript', 'trend');
  declared('declare a wrong name', 'a b', 'trend');
  add(numbers[0], 3, []);
  check('transcript', true);
  tags.set('language', 'any');
  for (const { name, value } of tags.all()) if (name === 'language') log(`tag ${name}=${value}`);
  tags.remove('language');
};

const surroundings = () => {
  log(`variable ${env('NAME', 'missing')}`);
  log(`random-bytes ${randomBytes(16).length}`);
  log(`vu ${vu().idInTest} iteration ${vu().iterationInInstance}`);
  log(`scenario ${scenario().name} ${scenario().executor}`);
  result('secret', () => secret(undefined, 'key'));
  log(`summary: ${summary.text(false, []) === undefined ? 'none' : 'some'}`);
  log(`value ${summary.value(1234.5, 'time', undefined)}`);
  log(`share ${summary.share(0.5)}`);
  log(`interrupted: ${yes(interrupted())}`);
};

const begin = () => {
  base = env('WS', 'ws://echo.example');
  queue = new EventQueue();
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
  waiting();
  givingUp();
  timers();
};

/** Calls that the world `vu` has besides. */
export const vuTranscript = () => {
  begin();
  http();
  cookies();
  measuring();
  surroundings();
};
