// What the transcripts write their lines with.
import { EventQueue } from 'wasock:websocket/events@0.1.0';
import { connectOptions as options, describe, env, log } from './wasock.js';

/** The queue of all events. */
export let queue;

/** Where the server is. */
export let base;

export const begin = () => {
  base = env('WS', 'ws://echo.example');
  queue = new EventQueue();
};

export const yes = (whether) => (whether ? 'yes' : 'no');

/** An error in words that are the same on all hosts: why TLS fails is told in those of their libraries. */
export const errorText = (code) => (code.tag === 'tls' ? 'tls' : describe(code));

/** Writes what a call came to. */
export const result = (what, call) => {
  try {
    call();
    log(`${what}: ok`);
  } catch (error) {
    refused(what, error);
  }
};

/** Writes why a call was refused. */
export const refused = (what, { payload }) =>
  log(`${what}: ${typeof payload === 'string' ? payload : errorText(payload)}`);

const bytes = (kind, { socket, data }) => {
  const hex = Array.from(data, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${kind} ${socket} [${hex}]`;
};

const lines = {
  opened: ({ socket, handshake: { status, protocol } }) => `opened ${socket} status ${status} protocol "${protocol}"`,
  failed: ({ socket, failure, handshake }) =>
    `failed ${socket} status ${handshake?.status ?? 0} ${errorText(failure.code)}`,
  text: ({ socket, data }) => `text ${socket} "${data}"`,
  binary: (message) => bytes('binary', message),
  ping: (message) => bytes('ping', message),
  pong: (message) => bytes('pong', message),
  closed: ({ socket, code, reason, wasClean, failure }) =>
    `closed ${socket} code ${code} "${reason}" ${wasClean ? 'clean' : 'unclean'} ` +
    (failure ? errorText(failure.code) : 'no failure'),
  timer: ({ timer }) => `timer ${timer}`,
  completed: ({ operation }) => `completed ${operation}`,
};

/** Writes one event, and returns its kind. */
export const event = () => {
  const [{ tag, val }] = queue.wait(1, undefined);
  log(lines[tag](val));
  return tag;
};

export const sendText = (what, socket, text) => result(what, () => socket.sendText(text));

export const connect = (what, socket, url, how) => result(what, () => socket.connect(url, options(how)));
