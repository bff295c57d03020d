// The connection of a WebSocket object: its state, and what the engine tells it.
// https://websockets.spec.whatwg.org/#feedback-from-the-protocol

import { blobFromBuffer } from 'wasock:blob';
import { noteConnection } from 'wasock:connections';
import { storeCookies, takeCookies } from 'wasock:cookies';
import {
  connectErrorText,
  connectionErrorText,
  UNEXPECTED_END,
  wrongProtocolText,
} from 'wasock:errors';
import { occurred } from 'wasock:event';
import {
  callListeners,
  fire,
  listenersOf,
  soleFunction,
  watchListeners,
} from 'wasock:event-target';
import { native } from 'wasock:native';
import { defineProperty } from 'wasock:primordials';
import { closeEvent, messageEvent } from 'wasock:socket-events';

export const CONNECTING = 0;
export const OPEN = 1;
export const CLOSING = 2;
export const CLOSED = 3;

/** The close code for a connection that ended without a close frame (RFC 6455, section 7.1.5). */
const ABNORMAL_CLOSURE = 1006;
const NORMAL_CLOSURE = 1000;

/** The payload of the pings that the host sends for `pingInterval`. */
const INTERVAL_PING = /^interval-\d+$/;

/** What an attempt that `close()` gave up fails with. */
const CLOSED_EARLY = 'WebSocket is closed before the connection is established';

/** k6's extra: the `error` event says what went wrong. */
function errorEvent(text, at) {
  const event = occurred('error', at);
  defineProperty(event, 'error', {
    value: text,
    enumerable: true,
    writable: true,
    configurable: true,
  });
  return event;
}

/** Takes the events of one connection and fires those of its WebSocket object. */
export class Connection {
  /** @param url the parts of the URL, see `parseUrl` */
  constructor(socket, url) {
    this.socket = socket;
    this.host = url.hostname;
    this.origin = url.origin;
    this.readyState = CONNECTING;
    this.protocol = '';
    this.extensions = '';
    this.binaryType = 'blob';
    /** Bytes that were given to `send` when nothing could be sent any more. */
    this.lostBytes = 0;
    this.pings = 0;
    /** Payloads of pings that no pong has answered. */
    this.unanswered = null;
    /** What the server answered to the handshake, as the engine tells it. */
    this.answer = null;
    /** The same, as the script sees it. */
    this.shownAnswer = null;
    /** Why the connection is failed although the server opened it. */
    this.broken = null;
    this.url = '';
    this.jar = null;
    noteConnection(socket, this);
    watchListeners(socket, this);
    this.id = native.socket(this, 'websockets');
  }

  /**
   * Starts to connect, and offers the subprotocols of the constructor's argument. A refusal is told like a failure, in a later task.
   */
  open(url, { options, tags, jar, refused, persistent }, protocols) {
    this.offered = options.protocols;
    this.isChoiceNeeded = protocols.length > 0;
    native.observe(this.id, 'websockets', tags);
    if (persistent) native.unhold(this.id);
    if (refused !== null) {
      native.refused(this.id, url, refused);
      this.refuse(refused);
      return;
    }
    this.url = url;
    this.jar = takeCookies(jar, url, options.headers);
    const error = native.connect(this.id, url, options, false);
    if (error !== null) this.refuse(connectErrorText(error, this.host));
  }

  /** Lets the attempt fail without having tried. */
  refuse(text) {
    native.drop(this.id);
    const task = () => this.fail(text, native.now());
    native.setTimer(task, 0, false);
  }

  isOpen() {
    return this.readyState === OPEN;
  }

  /** Sends a ping with the next payload. */
  sendPing() {
    const payload = String(this.pings);
    this.pings += 1;
    this.unanswered ??= { __proto__: null };
    this.unanswered[payload] = true;
    return native.ping(this.id, payload);
  }

  /** Gives the attempt up, or starts the closing handshake. */
  close(code, reason) {
    if (this.readyState === CONNECTING) {
      // The server may have agreed by now, but nobody has heard of it.
      this.broken = CLOSED_EARLY;
      native.abort(this.id);
    } else {
      native.close(this.id, code, reason);
    }
    this.readyState = CLOSING;
  }

  // https://websockets.spec.whatwg.org/#feedback-from-the-protocol, "established"
  opened(handshake) {
    storeCookies(this.jar, this.url, handshake);
    this.answer = handshake;
    if (this.readyState !== CONNECTING) return;
    // https://websockets.spec.whatwg.org/#concept-websocket-establish, step 11: a constructor that
    // offers subprotocols is to get one of them; and RFC 6455, section 4.1: nobody gets another one.
    const { protocol } = handshake;
    if (protocol === '' ? this.isChoiceNeeded : !this.offered.includes(protocol)) {
      this.broken = wrongProtocolText(protocol, this.offered);
      native.abort(this.id);
      return;
    }
    this.readyState = OPEN;
    this.extensions = handshake.extensions;
    this.protocol = protocol;
    this.listenersChanged('message');
    fire(this.socket, occurred('open', handshake.at), native.settle);
  }

  failed({ error, handshake, at }) {
    this.answer = handshake;
    if (handshake !== null) storeCookies(this.jar, this.url, handshake);
    const early = this.readyState === CLOSING;
    const text = early ? CLOSED_EARLY : connectErrorText(error, this.host);
    this.fail(text, at);
  }

  /** A message has one listener at most times: the engine calls that itself, see `messages.rs`. */
  listenersChanged(type) {
    if (type !== 'message' || this.readyState !== OPEN) return;
    const { socket } = this;
    const listener = soleFunction(listenersOf(socket, 'message'));
    const ofBuffers = this.binaryType === 'arraybuffer' ? listener : null;
    native.direct(this.id, listener, ofBuffers, socket, this.origin);
  }

  // https://websockets.spec.whatwg.org/#feedback-from-the-protocol, "a WebSocket message has been
  // received".
  text(data, at) {
    // 1. If ready state is not OPEN (1), then return.
    if (this.readyState !== OPEN) return;
    // 3. Fire an event named message, with origin and data.
    const { socket } = this;
    const list = listenersOf(socket, 'message');
    if (list === undefined) return;
    callListeners(list, socket, messageEvent(data, this.origin, at), native.settle);
  }

  binary(buffer, at) {
    if (this.readyState !== OPEN) return;
    const { socket } = this;
    const list = listenersOf(socket, 'message');
    if (list === undefined) return;
    // 2. binaryType counts at the time of delivery.
    const data = this.binaryType === 'arraybuffer' ? buffer : blobFromBuffer(buffer);
    callListeners(list, socket, messageEvent(data, this.origin, at), native.settle);
  }

  ping(_payload, at) {
    fire(this.socket, occurred('ping', at), native.settle);
  }

  pong(buffer, at) {
    const payload = native.decodeUtf8(buffer, 0, buffer.byteLength, false);
    if (this.unanswered?.[payload]) delete this.unanswered[payload];
    else if (!INTERVAL_PING.test(payload))
      native.log('warn', 'runtime', `received pong for unknown ping ID ${payload}`);
    fire(this.socket, occurred('pong', at), native.settle);
  }

  // https://websockets.spec.whatwg.org/#feedback-from-the-protocol, "closed, possibly cleanly"
  closed({ code, reason, wasClean, error, at, unsent }) {
    // What was never written stays buffered for ever.
    this.lostBytes += unsent;
    if (this.broken !== null) {
      this.fail(this.broken, at);
      return;
    }
    if (error !== null) this.fail(connectionErrorText(error), at);
    else if (code === ABNORMAL_CLOSURE) this.fail(UNEXPECTED_END, at);
    else this.end({ wasClean, code, reason }, at);
  }

  /** The engine asks for an end, because the iteration has failed elsewhere. */
  interrupt() {
    if (this.readyState < CLOSING) this.close(NORMAL_CLOSURE, '');
  }

  /** https://websockets.spec.whatwg.org/#fail-the-websocket-connection */
  fail(text, at) {
    // Fire an event named error at the WebSocket object, when it is already CLOSED.
    this.readyState = CLOSED;
    fire(this.socket, errorEvent(text, at), native.settle);
    native.settle();
    this.end({ wasClean: false, code: ABNORMAL_CLOSURE, reason: '' }, at);
  }

  end(close, at) {
    this.readyState = CLOSED;
    this.unanswered = null;
    fire(this.socket, closeEvent(close, at), native.settle);
  }
}
