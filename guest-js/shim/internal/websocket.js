// The WebSocket class. https://websockets.spec.whatwg.org/#the-websocket-interface
//
// It follows the standard; what k6 adds stands where the standard is silent: `ping()`, the `ping`
// and `pong` events, and a third argument with params.

import { encode } from 'wasock:base64';
import { blobBytes } from 'wasock:blob';
import { CLOSED, CLOSING, CONNECTING, Connection, OPEN } from 'wasock:connection';
import { DOMException } from 'wasock:dom-exception';
import { connectionErrorText, GoError } from 'wasock:errors';
import { defineHandlers, EventTarget } from 'wasock:event-target';
import { native } from 'wasock:native';
import { answerOf, readSocketParams } from 'wasock:params';
import { defineProperty } from 'wasock:primordials';
import { inInit } from 'wasock:turn';
import { hasCredentials, parseUrl, UrlError, withPart } from 'wasock:url-record';
import {
  defineInterface,
  iteratorMethod,
  requireArguments,
  sequenceFrom,
  toBufferSource,
  toClampedUnsignedShort,
  toDOMString,
  toUSVString,
} from 'wasock:webidl';

/** https://websockets.spec.whatwg.org/#dom-websocket-websocket, steps 4 and 5. */
const SCHEMES = {
  __proto__: null,
  'ws:': 'ws',
  'wss:': 'wss',
  'ws+unix:': 'ws+unix',
  'http:': 'ws',
  'https:': 'wss',
};

/** The longest reason that fits into a close frame beside its code (RFC 6455, section 5.5). */
const MAX_REASON_BYTES = 123;

const NORMAL_CLOSURE = 1000;
const FIRST_APPLICATION_CODE = 3000;
const LAST_APPLICATION_CODE = 4999;

/** A subprotocol's name (RFC 6455, section 4.1): a token of RFC 9110. */
const PROTOCOL = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** How many bytes a text, or a number of bytes, adds to `bufferedAmount`. */
const payloadBytes = (payload) =>
  typeof payload === 'number' ? payload : native.encodeUtf8(payload).byteLength;

const syntaxError = (message) => new DOMException(message, 'SyntaxError');

/** https://websockets.spec.whatwg.org/#dom-websocket-websocket, steps 1 to 7. */
function toWebSocketUrl(text) {
  let record;
  try {
    // 2. Let urlRecord be the result of applying the URL parser to url. There is no base URL.
    record = parseUrl(text);
  } catch (error) {
    if (!(error instanceof UrlError)) throw error;
    // 3. If urlRecord is failure, then throw a "SyntaxError" DOMException.
    throw syntaxError(
      `WebSocket requires valid url, but got "${text}" which resulted in parse "${text}": ${error.message}`,
    );
  }
  // 6. If urlRecord's scheme is not "ws" or "wss", then throw a "SyntaxError" DOMException.
  const scheme = SCHEMES[record.protocol];
  if (scheme === undefined) {
    const { protocol } = record;
    throw syntaxError(
      `WebSocket requires url with scheme ws or wss, but got "${protocol.slice(0, -1)}"`,
    );
  }
  // 7. If urlRecord's fragment is non-null, then throw a "SyntaxError" DOMException.
  if (record.href.includes('#')) {
    throw syntaxError(`WebSocket requires no url fragment, but got "${record.hash.slice(1)}"`);
  }
  return record.protocol === `${scheme}:` ? record : withPart(record, 'protocol', scheme);
}

/** The conversion of the argument `protocols`, a string or a sequence of strings. */
function toProtocols(value, hasParams) {
  // With params present, k6's scripts pass null where they want none.
  if (value === undefined || (value === null && hasParams)) return [];
  const method = iteratorMethod(value);
  // 8. If protocols is a string, set protocols to a sequence consisting of just that string.
  return method === undefined ? [toDOMString(value)] : sequenceFrom(value, method, toDOMString);
}

/**
 * 9. If any of the values in protocols occur more than once or otherwise fail to match the
 * requirements for elements of the Sec-WebSocket-Protocol field, throw a "SyntaxError". Names that
 * differ in case alone count as one, as in the web platform's tests.
 */
function checkProtocols(protocols) {
  const wrong = protocols.find((name) => !PROTOCOL.test(name));
  if (wrong !== undefined) throw syntaxError(`WebSocket: '${wrong}' is not a valid subprotocol`);
  if (new Set(protocols.map((name) => name.toLowerCase())).size !== protocols.length) {
    throw syntaxError(`WebSocket: a subprotocol occurs twice in '${protocols.join(', ')}'`);
  }
}

/** The Authorization field that stands for the user and the password in a URL (RFC 7617). */
function authorization({ username, password }) {
  return `Basic ${encode(new Uint8Array(native.percentDecode(`${username}:${password}`)))}`;
}

/** The URL to connect to: the user and the password are not part of it. */
function withoutCredentials(record) {
  const { href, protocol } = record;
  // In them, an @ is percent-encoded.
  return hasCredentials(record) ? `${protocol}//${href.slice(href.indexOf('@') + 1)}` : href;
}

/** https://websockets.spec.whatwg.org/#dom-websocket-close, steps 1 and 2. */
function checkClose(code, reason) {
  // 1. If code is present, but is neither an integer equal to 1000 nor an integer in the range 3000
  //    to 4999, inclusive, throw an "InvalidAccessError" DOMException.
  const allowed =
    code === undefined ||
    code === NORMAL_CLOSURE ||
    (code >= FIRST_APPLICATION_CODE && code <= LAST_APPLICATION_CODE);
  if (!allowed) {
    throw new DOMException(
      `Failed to execute 'close' on 'WebSocket': The close code must be either 1000, or between 3000 and 4999. ${code} is neither`,
      'InvalidAccessError',
    );
  }
  // 2. If reasonBytes is longer than 123 bytes, then throw a "SyntaxError" DOMException.
  if (native.encodeUtf8(reason).byteLength > MAX_REASON_BYTES) {
    throw syntaxError(
      `Failed to execute 'close' on 'WebSocket': The message must not be greater than ${MAX_REASON_BYTES} bytes`,
    );
  }
}

/** A connection to a WebSocket server. */
export class WebSocket extends EventTarget {
  #url;
  #connection;

  constructor(url, protocols = undefined, params = undefined) {
    super();
    requireArguments(arguments.length, 1, 'WebSocket constructor');
    const text = toUSVString(url);
    const hasParams = params !== undefined && params !== null;
    const names = toProtocols(protocols, hasParams);
    const request = readSocketParams(params, names);
    if (url === undefined || url === null) throw syntaxError('WebSocket requires a url');
    if (inInit()) throw new GoError('using websockets in the init context is not supported');
    const record = toWebSocketUrl(text);
    checkProtocols(names);
    if (hasCredentials(record)) {
      request.options.headers.unshift(['Authorization', authorization(record)]);
    }
    // 10. Set this's url to urlRecord.
    this.#url = record.href;
    this.#connection = new Connection(this, record);
    // 12. Run this step in parallel: establish a WebSocket connection.
    this.#connection.open(withoutCredentials(record), request, names);
    if (new.target === WebSocket) native.noteSocket(this, this.#connection);
  }

  get url() {
    return this.#url;
  }

  get readyState() {
    return this.#connection.readyState;
  }

  get bufferedAmount() {
    const connection = this.#connection;
    return native.bufferedAmount(connection.id) + connection.lostBytes;
  }

  get extensions() {
    return this.#connection.extensions;
  }

  get protocol() {
    return this.#connection.protocol;
  }

  get binaryType() {
    return this.#connection.binaryType;
  }

  set binaryType(value) {
    const connection = this.#connection;
    const type = toDOMString(value);
    // The value of an enumeration that is none of its values is ignored (Web IDL).
    if (type === 'blob' || type === 'arraybuffer') {
      connection.binaryType = type;
      connection.listenersChanged('message');
    }
  }

  /**
   * https://websockets.spec.whatwg.org/#dom-websocket-send, with a string. The engine does the same for sockets that are
   * open and look as the constructor made them.
   */
  #sendText(text) {
    const connection = this.#connection;
    if (connection.readyState === OPEN) {
      const error = native.sendText(connection.id, text);
      if (error !== null) this.#notSent(error, text);
    } else {
      this.#cannotSend(text);
    }
  }

  /** The same with what is no string, and with how many arguments there are. */
  #sendOther(count, data) {
    requireArguments(count, 1, 'WebSocket.send');
    // 2. Run the appropriate set of steps: Blob, ArrayBuffer, ArrayBufferView, or what becomes a text.
    const source = toBufferSource(data);
    if (source !== null) {
      this.#sendBinary(source.buffer, source.offset, source.length);
      return;
    }
    const bytes = blobBytes(data);
    if (bytes !== null) {
      this.#sendBinary(bytes.buffer, bytes.byteOffset, bytes.length);
      return;
    }
    this.#sendText(toDOMString(data));
  }

  /** https://websockets.spec.whatwg.org/#dom-websocket-close */
  close(code = undefined, reason = undefined) {
    const connection = this.#connection;
    const status = code === undefined ? undefined : toClampedUnsignedShort(code);
    const text = reason === undefined ? '' : toUSVString(reason);
    checkClose(status, text);
    // 3. "If this's ready state is CLOSING (2) or CLOSED (3): do nothing."
    if (connection.readyState >= CLOSING) return;
    // "If the WebSocket connection is not yet established: fail the WebSocket connection and set
    // this's ready state to CLOSING." Else: start the WebSocket closing handshake. A reason needs a
    // code before it in the frame.
    connection.close(status === undefined && text !== '' ? NORMAL_CLOSURE : status, text);
  }

  /** wasock's extra: the server's answer to the opening handshake, null before it came. */
  get handshake() {
    const connection = this.#connection;
    if (connection.answer === null) return null;
    connection.shownAnswer ??= answerOf(connection.answer);
    return connection.shownAnswer;
  }

  /** k6's extra: sends a ping frame; the payload counts up from 0. */
  ping() {
    const connection = this.#connection;
    if (connection.readyState !== OPEN) {
      throw new DOMException('WebSocket.ping: the connection is not open', 'InvalidStateError');
    }
    connection.sendPing();
  }

  #sendBinary(buffer, offset, length) {
    const connection = this.#connection;
    if (connection.readyState === OPEN) {
      const error = native.sendBinary(connection.id, buffer, offset, length);
      if (error !== null) this.#notSent(error, length);
    } else {
      this.#cannotSend(length);
    }
  }

  /** A text, or a number of bytes, that comes before the connection is open or after its end. */
  #cannotSend(payload) {
    const connection = this.#connection;
    // 1. If this's ready state is CONNECTING, then throw an "InvalidStateError" DOMException.
    if (connection.readyState === CONNECTING) {
      throw new DOMException('WebSocket.send: the connection is not open yet', 'InvalidStateError');
    }
    connection.lostBytes += payloadBytes(payload);
  }

  /** A message that the host has refused. */
  #notSent(error, payload) {
    const connection = this.#connection;
    // The connection has ended, and the event that says so is on its way.
    connection.lostBytes += payloadBytes(payload);
    if (error.code === 'invalid-state') return;
    // "If the data cannot be sent, e.g. because it would need to be buffered but the buffer is
    // full, the user agent must flag the WebSocket as full and then close the WebSocket connection."
    native.log('warn', 'runtime', `a message could not be sent: ${connectionErrorText(error)}`);
    native.abort(connection.id);
  }

  static {
    const types = ['open', 'message', 'error', 'close', 'ping', 'pong'];
    defineHandlers(WebSocket, types, (receiver) => receiver.#connection);
    const methods = {
      text(text) {
        this.#sendText(text);
      },
      other(count, data) {
        this.#sendOther(count, data);
      },
      failed(error, text) {
        this.#notSent(error, text);
      },
    };
    const value = native.send(OPEN, methods.text, methods.other, methods.failed);
    defineProperty(WebSocket.prototype, 'send', { value, writable: true, configurable: true });
  }
}

defineInterface(WebSocket, { CONNECTING, OPEN, CLOSING, CLOSED });
