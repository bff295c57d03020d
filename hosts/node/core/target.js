// What a guest asks to connect to, checked before anything is dialled.
import { HANDSHAKE_REQUEST } from './limits.js';
import { code, invalidArgument, Refusal } from './refusal.js';

/** Header fields that make the handshake what it is (RFC 6455, section 4.1). `Host` may be set. */
const RESERVED = ['upgrade', 'connection', 'sec-websocket-key', 'sec-websocket-version', 'sec-websocket-extensions'];

/** A token (RFC 9110, section 5.6.2): what names of headers and subprotocols are. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** What a header's value cannot have: it would end the line, or be none. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is about
const NO_VALUE = /[\0-\x08\x0a-\x1f\x7f]/;

/** The smallest windows of deflate: that of RFC 7692, and that which zlib compresses with. */
const WINDOWS = [
  ['server_max_window_bits', 'serverMaxWindowBits', 8],
  ['client_max_window_bits', 'clientMaxWindowBits', 9],
];

const utf8 = new TextEncoder();

/** The bytes of a text. */
export const byteLength = (text) => utf8.encode(text).length;

/**
 * Checks URL and options of `socket.connect`.
 *
 * @returns what a connector needs to open the connection; times are in nanoseconds
 */
export const checkTarget = (url, options, limits) => {
  checkLength(url, options);
  const parsed = parseUrl(url);
  checkHeaders(options);
  for (const protocol of options.protocols) {
    if (!TOKEN.test(protocol)) throw invalidArgument(`the subprotocol ${quoted(protocol)} is malformed`);
  }
  checkDeflate(options.deflate);
  const size = options.maxMessageSize;
  return {
    ...options,
    url: parsed.href,
    timeout: options.timeout ?? limits.connectTimeout,
    closeTimeout: options.closeTimeout ?? limits.closeTimeout,
    maxMessageSize: size === undefined || size > BigInt(limits.messageSize) ? limits.messageSize : Number(size),
  };
};

/** A text in quotation marks, with what would not be seen escaped. */
export const quoted = (text) => JSON.stringify(text);

/** Reads a URL as the URL Standard has it; fails with what is wrong about it. */
export const readUrl = (url) => {
  try {
    return new URL(url);
  } catch {
    const relative = !/^[\s]*[a-z][a-z0-9+.-]*:/i.test(url);
    const why = relative ? 'relative URL without a base' : whyNoUrl(url);
    throw new TypeError(`the URL ${quoted(url)}: ${why}`);
  }
};

/** `URL` only says that it is none; these are the usual reasons. */
const whyNoUrl = (url) => {
  const [, authority = ''] = /^[^:]*:\/*([^/?#]*)/.exec(url) ?? [];
  const host = authority.replace(/^.*@/, '');
  if (/:[^\]:]*$/.test(host) && !/:\d{0,5}$/.test(host)) return 'invalid port number';
  if (host.startsWith('[')) return 'invalid IPv6 address';
  return host === '' || host.startsWith(':') ? 'empty host' : 'invalid international domain name';
};

const parseUrl = (given) => {
  let url;
  try {
    url = readUrl(given);
  } catch (error) {
    throw invalidArgument(error.message);
  }
  const scheme = url.protocol.slice(0, -1);
  if (!['ws', 'wss', 'ws+unix'].includes(scheme)) {
    throw invalidArgument(`the URL ${quoted(given)} has the scheme ${quoted(scheme)} instead of ws or wss`);
  }
  if (given.includes('#')) throw invalidArgument(`the URL ${quoted(given)} has a fragment`);
  if (url.username || url.password) throw invalidArgument(`the URL ${quoted(given)} has a user name`);
  return url;
};

const checkLength = (url, { headers, protocols }) => {
  const fields = headers.flatMap(({ name, value }) => [name, value]);
  const length = [url, ...fields, ...protocols].reduce((sum, text) => sum + byteLength(text), 0);
  if (length <= HANDSHAKE_REQUEST) return;
  const text = `the URL, the headers and the subprotocols have ${length} bytes, and ${HANDSHAKE_REQUEST} is the most`;
  throw new Refusal(code('limit-reached', text));
};

const checkHeaders = ({ headers, protocols }) => {
  for (const { name, value } of headers) {
    if (!TOKEN.test(name)) throw invalidArgument(`the header name ${quoted(name)} is malformed`);
    if (NO_VALUE.test(value)) throw invalidArgument(`the value of the header ${name} is malformed`);
    const lower = name.toLowerCase();
    const reserved = RESERVED.includes(lower) || (protocols.length > 0 && lower === 'sec-websocket-protocol');
    if (reserved) throw invalidArgument(`duplicate header not allowed: ${name}`);
  }
};

const checkDeflate = (deflate) => {
  for (const [name, key, least] of deflate ? WINDOWS : []) {
    const bits = deflate[key];
    if (bits !== undefined && (bits < least || bits > 15)) {
      throw invalidArgument(`${name} is not between ${least} and 15`);
    }
  }
};
