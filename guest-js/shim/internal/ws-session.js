// One connection of k6/ws, and the socket object that its callback gets.

import { noteConnection } from 'wasock:connections';
import { storeCookies, takeCookies } from 'wasock:cookies';
import { CLOSE_SENT, closeText, connectionErrorText, GoError, UNEXPECTED_END } from 'wasock:errors';
import { native } from 'wasock:native';
import { apply, isArrayBuffer, isNotANumber, trunc, viewedBytes } from 'wasock:primordials';
import { toDelay } from 'wasock:timers';

const NORMAL_CLOSURE = 1000;
/** The code that k6/ws closes with, unless the script names another one. */
const GOING_AWAY = 1001;
/** Stands for a close frame without a code (RFC 6455, section 7.1.5). */
const NO_STATUS = 1005;
const ABNORMAL_CLOSURE = 1006;

/** What an attempt ends with that the engine gives up. */
const INTERRUPTED = {
  error: { code: 'other', detail: 'the attempt to connect was interrupted', address: '' },
  handshake: null,
};

const { Number: toNumberValue, String: toStringValue } = globalThis;

/** The argument of `error` handlers. */
class SocketError {
  #text;

  constructor(text, code = undefined, reason = '') {
    this.#text = text;
    if (code !== undefined) {
      this.code = code;
      this.text = reason;
    }
  }

  error() {
    return this.#text;
  }

  toString() {
    return this.#text;
  }
}

/** How k6 names the type of a value that `sendBinary` refuses. */
function typeName(value) {
  if (value === undefined || value === null) return toStringValue(value);
  return value.constructor?.name ?? 'Object';
}

function toCloseCode(value) {
  const code = trunc(toNumberValue(value));
  return isNotANumber(code) ? 0 : code;
}

/**
 * Runs one connection from its start to its end. The engine calls it with what happens. No script ever
 * sees it, so its fields are plain ones, which are made in a third of the time of private ones.
 */
export class Session {
  callback;
  socket = null;
  /** Handlers by event, in the order in which they were added. */
  handlers = { __proto__: null };
  timers = [];
  isClosed = false;
  pings = 0;
  url = '';
  jar = null;

  /** The first exception of the callback or a handler, as `{value}`. */
  exception = null;
  /** The server's answer to the handshake that opened the connection. */
  handshake = null;
  /** Why the connection could not be opened: `{error, handshake}`. */
  failure = null;

  constructor(callback) {
    this.callback = callback;
  }

  /** Blocks until the connection has ended. Returns an error if it was refused at once. */
  run(url, { options, tags, jar }) {
    this.url = url;
    this.jar = takeCookies(jar, url, options.headers);
    this.measure(tags);
    // In k6 the loop answers a close frame, so what handlers send before its turn still leaves.
    const error = native.connect(this.id, url, options, true);
    if (error === null) native.pump(this.id);
    native.release(this.id);
    return error;
  }

  /** Counts an attempt that is refused before it begins. */
  refuse(url, { tags }, text) {
    this.measure(tags);
    native.refused(this.id, url, text);
    native.drop(this.id);
    native.release(this.id);
  }

  measure(tags) {
    this.id = native.socket(this, 'ws');
    native.observe(this.id, 'ws', tags);
  }

  isOpen() {
    return !this.isClosed;
  }

  opened(handshake) {
    this.handshake = handshake;
    storeCookies(this.jar, this.url, handshake);
    this.socket = makeSocket(this);
    noteConnection(this.socket, this);
    const callback = this.callback;
    this.guard(() => callback(this.socket));
    native.settle();
    if (this.exception === null) this.fire('open', []);
  }

  failed(failure) {
    this.failure = failure;
    if (failure.handshake !== null) storeCookies(this.jar, this.url, failure.handshake);
  }

  text(data) {
    this.fire('message', [data]);
  }

  binary(buffer) {
    this.fire('binaryMessage', [buffer]);
  }

  ping() {
    this.fire('ping', []);
  }

  pong() {
    this.fire('pong', []);
  }

  closed({ code, reason, error }) {
    this.isClosed = true;
    this.clearTimers();
    const { text, eventCode } = ending(code, reason, error);
    if (text !== null) {
      const isCloseError = eventCode === code;
      this.fire('error', [
        isCloseError
          ? new SocketError(text, code, code === ABNORMAL_CLOSURE ? 'unexpected EOF' : reason)
          : new SocketError(text),
      ]);
      native.settle();
    }
    this.fire('close', [eventCode]);
  }

  /** The engine asks for an end, because the iteration has failed elsewhere. */
  interrupt() {
    if (this.handshake === null) this.failure = INTERRUPTED;
    this.guard(() => this.close(GOING_AWAY));
  }

  on(event, handler) {
    if (typeof handler !== 'function') return;
    const name = toStringValue(event);
    const list = this.handlers[name] ?? [];
    list[list.length] = handler;
    this.handlers[name] = list;
    if (this.isClosed || (name !== 'message' && name !== 'binaryMessage')) return;
    const { message, binaryMessage } = this.handlers;
    native.direct(this.id, sole(message), sole(binaryMessage), this, null);
  }

  /** A handler that the engine has called by itself has thrown. */
  thrown(error) {
    this.abandon(error);
  }

  /** Sends what is no string. The engine does it for strings, see `natives/send.rs`. */
  sendOther(...args) {
    const text = args.length === 0 ? '' : toStringValue(args[0]);
    // A message that is too late for the connection counts as sent all the same, so the host is told.
    const error = native.sendText(this.id, text);
    if (error !== null) this.sendFailed(error);
  }

  sendFailed(error) {
    this.emit('error', [new SocketError(connectionErrorText(error))]);
  }

  sendBinary(buffer) {
    const { length } = viewedBytes(buffer);
    const error = native.sendBinary(this.id, buffer, 0, length);
    if (error !== null) this.sendFailed(error);
  }

  sendPing() {
    const payload = toStringValue(this.pings);
    this.pings += 1;
    const error = this.isClosed ? CLOSE_SENT : textOf(native.ping(this.id, payload));
    if (error !== null) this.emit('error', [new SocketError(error)]);
  }

  /** Sends the close frame, calls the `close` handlers, and ends the connection. */
  close(code) {
    if (this.isClosed) return;
    this.isClosed = true;
    this.clearTimers();
    native.close(this.id, code === NO_STATUS ? undefined : code, '');
    try {
      this.emit('close', [code]);
    } finally {
      native.drop(this.id);
    }
  }

  /** Starts a timer that ends with the connection. */
  setTimer(name, callback, delay, repeat) {
    const millis = toNumberValue(delay);
    if (!(millis > 0)) {
      throw new GoError(`${name} requires a >0 timeout parameter, received ${millis.toFixed(2)} `);
    }
    if (typeof callback !== 'function') {
      throw new TypeError(`the first argument of ${name} is not a function`);
    }
    if (this.isClosed) return;
    const task = () => this.guard(callback);
    this.timers[this.timers.length] = native.setTimer(task, toDelay(millis), repeat);
  }

  /** Calls handlers; exceptions go to the caller. `between` runs between two of them. */
  emit(event, args, between = null) {
    const list = this.handlers[event];
    if (list === undefined) return;
    // Handlers that a handler adds are for the next event.
    const { length } = list;
    for (let i = 0; i < length; i++) {
      if (i > 0 && between !== null) between();
      apply(list[i], undefined, args);
    }
  }

  /** Calls handlers for the engine: an exception ends the connection, and `connect` throws it. */
  fire(event, args) {
    if (this.handlers[event] === undefined) return;
    try {
      this.emit(event, args, native.settle);
    } catch (error) {
      this.abandon(error);
    }
  }

  guard(action) {
    try {
      action();
    } catch (error) {
      this.abandon(error);
    }
  }

  abandon(error) {
    this.exception ??= { value: error };
    // A second exception, of a close handler, must not hide the first one.
    try {
      this.close(GOING_AWAY);
    } catch {}
  }

  clearTimers() {
    for (let i = 0; i < this.timers.length; i++) native.clearTimer(this.timers[i]);
    this.timers = [];
  }
}

/** The only handler of an event, or null. The engine calls that itself, see `messages.rs`. */
const sole = (list) => (list !== undefined && list.length === 1 ? list[0] : null);

const textOf = (error) => (error === null ? null : connectionErrorText(error));

/** The text of the error event, if any, and the code of the close event, for an ending. */
function ending(code, reason, error) {
  if (error !== null && error.code !== 'unexpected-end') {
    // gorilla has sent its close frame by the time k6 answers a protocol error with one.
    const sent = ['protocol-violation', 'invalid-utf8', 'message-too-big'].includes(error.code);
    return { text: sent ? CLOSE_SENT : connectionErrorText(error), eventCode: GOING_AWAY };
  }
  if (code === ABNORMAL_CLOSURE) return { text: UNEXPECTED_END, eventCode: code };
  const expected = code === NORMAL_CLOSURE || code === GOING_AWAY;
  return { text: expected ? null : closeText(code, reason), eventCode: code };
}

/**
 * The socket of the callback. Its methods are its own and need no receiver, because scripts take
 * them apart: `({ on, send }) => …`.
 */
function makeSocket(session) {
  return {
    close(...args) {
      session.close(args.length === 0 || args[0] === undefined ? GOING_AWAY : toCloseCode(args[0]));
    },
    on(event, handler) {
      session.on(event, handler);
    },
    ping() {
      session.sendPing();
    },
    send: native.sender(session.id, session),
    sendBinary(...args) {
      if (args.length === 0) throw new GoError('missing argument, expected ArrayBuffer');
      if (!isArrayBuffer(args[0])) {
        throw new GoError(`expected ArrayBuffer as argument, received: ${typeName(args[0])}`);
      }
      session.sendBinary(args[0]);
    },
    setInterval(callback, delay = 0) {
      session.setTimer('setInterval', callback, delay, true);
    },
    setTimeout(callback, delay = 0) {
      session.setTimer('setTimeout', callback, delay, false);
    },
  };
}
