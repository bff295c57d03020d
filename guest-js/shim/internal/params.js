// The params of k6's WebSocket modules, as options of a connection.

import { toMillis } from 'wasock:duration';
import { GoError } from 'wasock:errors';
import { native } from 'wasock:native';
import { freeze, keys } from 'wasock:primordials';
import { toTags } from 'wasock:tags';

/** Header fields that belong to the opening handshake itself, by their canonical names. */
const HANDSHAKE_HEADERS = [
  'Upgrade',
  'Connection',
  'Sec-Websocket-Key',
  'Sec-Websocket-Version',
  'Sec-Websocket-Extensions',
];
const PROTOCOL_HEADER = 'Sec-Websocket-Protocol';

/** The params of `new WebSocket` that k6 knows, and those that wasock adds. */
const KNOWN = [
  'headers',
  'tags',
  'jar',
  'compression',
  'timeout',
  'closeTimeout',
  'pingInterval',
  'pongTimeout',
  'maxMessageSize',
  'persistent',
];

/** What k6 offers for `compression: 'deflate'`. */
const DEFLATE = { serverNoContextTakeover: true, clientNoContextTakeover: true };

/** What an object given as `compression` may have. */
const DEFLATE_KNOWN = [
  'serverNoContextTakeover',
  'clientNoContextTakeover',
  'serverMaxWindowBits',
  'clientMaxWindowBits',
];

/** A header's name with a capital at the beginning of each word, as Go writes it. */
export const { canonicalHeader } = native;

/** wasock's extra: what the server answered to the handshake, as `WebSocket.handshake` has it. */
export function answerOf({ status, headers, body }) {
  return freeze({ status, headers: freeze({ ...headers }), body });
}

/**
 * The `headers` of params by canonical name, null without any; of several spellings the last one
 * counts.
 */
function readHeaders(given) {
  if (typeof given !== 'object' || given === null) return null;
  const headers = new Map();
  for (const name of keys(given)) headers.set(canonicalHeader(name), String(given[name]));
  return headers;
}

/** The bits of a window of permessage-deflate, in an object given as `compression`. */
function readWindowBits(options, name) {
  const value = options[name];
  if (value === undefined) return undefined;
  const bits = Number(value);
  if (!Number.isInteger(bits) || bits < 0 || bits > 0xff) {
    throw new GoError(
      `invalid compression option ${name}: '${String(value)}' is no number of bits`,
    );
  }
  return bits;
}

/** wasock's extra: `compression` as an object says what to offer of RFC 7692, section 7.1. */
function readDeflateOptions(options) {
  const unknown = keys(options).find((name) => !DEFLATE_KNOWN.includes(name));
  if (unknown !== undefined) throw new GoError(`unknown compression option ${unknown}`);
  return {
    serverNoContextTakeover: Boolean(options.serverNoContextTakeover),
    clientNoContextTakeover: Boolean(options.clientNoContextTakeover),
    serverMaxWindowBits: readWindowBits(options, 'serverMaxWindowBits'),
    clientMaxWindowBits: readWindowBits(options, 'clientMaxWindowBits'),
  };
}

function readCompression(value) {
  if (typeof value === 'object' && value !== null) return readDeflateOptions(value);
  const name = String(value).trim();
  if (name !== 'deflate') {
    throw new GoError(
      `unsupported compression algorithm '${name}', supported algorithm is 'deflate'`,
    );
  }
  return DEFLATE;
}

/**
 * Moves what a connection needs out of the headers. `refused` is the text of the failure that the
 * attempt to connect ends with at once, or null.
 */
function connection(headers, protocols, deflate) {
  if (headers === null) return { options: { headers: [], protocols, deflate }, refused: null };
  const requested = headers.get(PROTOCOL_HEADER);
  let refused = HANDSHAKE_HEADERS.find((name) => headers.has(name));
  if (requested !== undefined && protocols.length > 0) refused ??= PROTOCOL_HEADER;
  headers.delete(PROTOCOL_HEADER);
  const fromHeader = requested === undefined ? [] : requested.split(',').map((name) => name.trim());
  return {
    options: {
      headers: [...headers],
      protocols: protocols.length > 0 ? protocols : fromHeader.filter((name) => name !== ''),
      deflate,
    },
    refused: refused === undefined ? null : `websocket: duplicate header not allowed: ${refused}`,
  };
}

/** The params of `ws.connect`: unknown ones are ignored. */
export function readConnectParams(params) {
  if (params === undefined || params === null) {
    const { options, refused } = connection(null, [], null);
    return { options, refused, tags: undefined, jar: undefined };
  }
  const { headers, tags, jar, compression } = params;
  const blank =
    compression === undefined || (typeof compression === 'string' && compression.trim() === '');
  return {
    ...connection(readHeaders(headers), [], blank ? null : readCompression(compression)),
    tags: toTags(tags, 'invalid ws.connect() metric tags: '),
    jar,
  };
}

function readMillis(params, name) {
  if (params[name] === undefined) return undefined;
  const millis = toMillis(params[name]);
  if (Number.isNaN(millis)) {
    throw new GoError(
      `invalid WebSocket option ${name}: '${String(params[name])}' is neither a number of milliseconds nor a duration such as '10s'`,
    );
  }
  return millis;
}

function readSize(params, name) {
  if (params[name] === undefined) return undefined;
  const size = Number(params[name]);
  if (!Number.isSafeInteger(size) || size < 0) {
    throw new GoError(
      `invalid WebSocket option ${name}: '${String(params[name])}' is no number of bytes`,
    );
  }
  return size;
}

/** The params of `new WebSocket`: unknown ones are refused. */
export function readSocketParams(params, protocols) {
  if (params === undefined || params === null) {
    return {
      ...connection(null, protocols, null),
      tags: undefined,
      jar: undefined,
      persistent: false,
    };
  }
  const unknown = keys(params).find((name) => !KNOWN.includes(name));
  if (unknown !== undefined) throw new GoError(`unknown WebSocket's option ${unknown}`);
  const { headers, tags, jar } = params;
  const deflate = 'compression' in params ? readCompression(params.compression) : null;
  const result = connection(readHeaders(headers), protocols, deflate);
  result.options.timeout = readMillis(params, 'timeout');
  result.options.closeTimeout = readMillis(params, 'closeTimeout');
  result.options.pingInterval = readMillis(params, 'pingInterval');
  result.options.pongTimeout = readMillis(params, 'pongTimeout');
  result.options.maxMessageSize = readSize(params, 'maxMessageSize');
  return {
    ...result,
    tags: toTags(tags, 'invalid WebSocket tags option: '),
    jar,
    persistent: Boolean(params.persistent),
  };
}
