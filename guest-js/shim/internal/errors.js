// What k6's scripts match on: the error class of native code, and the texts of network errors.

import { defineProperty } from 'wasock:primordials';

/** An error that comes from outside of JavaScript, as k6 throws it. */
export class GoError extends Error {
  /** @param value what the error wraps; k6 puts the native error here */
  constructor(message, value = undefined) {
    super(message);
    this.value = value ?? { error: () => message };
  }
}
defineProperty(GoError.prototype, 'name', { value: 'GoError', configurable: true, writable: true });

/** What a URL that is not for WebSocket makes the connection fail with. */
export const MALFORMED_URL = 'malformed ws or wss URL';

/** What a write after the close frame fails with. */
export const CLOSE_SENT = 'websocket: close sent';

/** The names of RFC 6455's close codes (section 7.4.1), as k6's error texts have them. */
const CLOSE_NAMES = {
  __proto__: null,
  1000: 'normal',
  1001: 'going away',
  1002: 'protocol error',
  1003: 'unsupported data',
  1005: 'no status',
  1006: 'abnormal closure',
  1007: 'invalid payload data',
  1008: 'policy violation',
  1009: 'message too big',
  1010: 'mandatory extension missing',
  1011: 'internal server error',
  1015: 'TLS handshake error',
};

/** The text of an ending by close frame: `websocket: close 1011 (internal server error): oops`. */
export function closeText(code, reason) {
  const name = CLOSE_NAMES[code];
  const known = name === undefined ? '' : ` (${name})`;
  return `websocket: close ${code}${known}${reason === '' ? '' : `: ${reason}`}`;
}

/** The text of a connection that broke off without a close frame. */
export const UNEXPECTED_END = closeText(1006, 'unexpected EOF');

/** The text of a handshake that chose a subprotocol that was not offered, or none where one was needed. */
export function wrongProtocolText(protocol, offered) {
  const chosen = protocol === '' ? 'no subprotocol' : `the subprotocol '${protocol}'`;
  const choices =
    offered.length === 0 ? 'none was offered' : `offered were '${offered.join("', '")}'`;
  return `websocket: bad handshake: the server chose ${chosen}, ${choices}`;
}

/** The text of an attempt to connect that failed. `host` is the host name in the URL. */
export function connectErrorText({ code, detail, address }, host) {
  const target = address === '' ? '' : ` ${address}`;
  switch (code) {
    case 'name-unresolvable':
      return `lookup ${host}: no such host`;
    case 'connection-refused':
      return `dial tcp${target}: connect: connection refused`;
    case 'unreachable':
      return `dial tcp${target}: connect: no route to host`;
    case 'timeout':
      return `dial tcp${target}: i/o timeout`;
    case 'tls':
      return `tls: ${detail === '' ? 'handshake failure' : detail}`;
    case 'bad-handshake':
      return 'websocket: bad handshake';
    case 'unexpected-end':
      return 'unexpected EOF';
    default:
      return detail === '' ? connectionErrorText({ code, detail, address }) : detail;
  }
}

/** The text of an opened connection that broke. */
export function connectionErrorText({ code, detail, address }) {
  const read = address === '' ? 'read' : `read tcp ${address}: read`;
  switch (code) {
    case 'invalid-state':
      return CLOSE_SENT;
    case 'connection-reset':
      return `${read}: connection reset by peer`;
    case 'timeout':
      return `${read}: i/o timeout`;
    case 'protocol-violation':
      return detail === '' ? 'websocket: protocol error' : `websocket: ${detail}`;
    case 'invalid-utf8':
      return 'websocket: invalid UTF-8';
    case 'message-too-big':
      return 'websocket: read limit exceeded';
    case 'unexpected-end':
      return UNEXPECTED_END;
    default:
      return detail === '' ? `websocket: ${code}` : detail;
  }
}
