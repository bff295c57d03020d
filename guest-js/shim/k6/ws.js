// k6/ws: one connection that blocks the virtual user, with events by name.

import { connectErrorText, GoError, MALFORMED_URL } from 'wasock:errors';
import { readConnectParams } from 'wasock:params';
import { throwsOnFailure } from 'wasock:runtime-options';
import { inInit } from 'wasock:turn';
import { hasCredentials, parseUrl, UrlError } from 'wasock:url-record';
import { Session } from 'wasock:ws-session';

const MAX_ARGUMENTS = 3;

/** `ws+unix` is wasock's extra: a server at a Unix socket. */
const SCHEMES = ['ws:', 'wss:', 'ws+unix:'];

/** The host of a `ws` or `wss` URL; null if the text is none, or names a user. */
function hostOf(text) {
  try {
    const record = parseUrl(text);
    const usable = SCHEMES.includes(record.protocol);
    return usable && !hasCredentials(record) ? record.hostname : null;
  } catch (error) {
    if (error instanceof UrlError) return null;
    throw error;
  }
}

function readArguments(args) {
  if (args.length < 2 || args.length > MAX_ARGUMENTS) {
    throw new GoError('invalid number of arguments to ws.connect');
  }
  const callback = args[args.length - 1];
  if (typeof callback !== 'function') {
    throw new GoError('last argument to ws.connect must be a function');
  }
  const params = readConnectParams(args.length === MAX_ARGUMENTS ? args[1] : undefined);
  return { url: String(args[0]), params, callback };
}

const response = (url, handshake) => ({
  url,
  status: handshake.status,
  headers: handshake.headers,
  body: handshake.body,
  error: '',
});

/** What `connect` returns, or throws, when no connection came about. */
function failure(text, handshake) {
  if (throwsOnFailure()) throw new GoError(text);
  if (handshake !== null) return response('', handshake);
  return { url: '', status: 0, headers: {}, body: '', error: text };
}

/**
 * Connects, runs `callback` with the socket, and returns when the connection has ended: the
 * server's answer to the handshake, or why there was none.
 */
export function connect(...args) {
  if (inInit()) throw new GoError('using websockets in the init context is not supported');
  const { url, params, callback } = readArguments(args);
  const host = hostOf(url);
  const session = new Session(callback);
  const refused = host === null ? MALFORMED_URL : params.refused;
  if (refused !== null) {
    session.refuse(url, params, refused);
    return failure(refused, null);
  }
  const error = session.run(url, params);
  if (error !== null) return failure(connectErrorText(error, host), null);
  if (session.exception !== null) throw session.exception.value;
  if (session.failure !== null) {
    return failure(connectErrorText(session.failure.error, host), session.failure.handshake);
  }
  return response(url, session.handshake);
}

export default { connect };
