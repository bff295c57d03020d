// As much of the URL Standard as WebSocket needs: absolute URLs of the schemes ws, wss, http and
// https. https://url.spec.whatwg.org/

import { parseHost } from 'wasock:host-name';

const DEFAULT_PORTS = { __proto__: null, ws: 80, wss: 443, http: 80, https: 443 };
const MAX_PORT = 65_535;

// The percent-encode sets, https://url.spec.whatwg.org/#percent-encoded-bytes, without the controls
// and what is not ASCII, which are in all of them.
const QUERY_SET = ' "#<>\'';
const FRAGMENT_SET = ' "<>`';
const PATH_SET = ' "#<>?`{}^';
const USERINFO_SET = `${PATH_SET}/:;=@[\\]|`;

/** Why a text is not a URL that WebSocket can use. */
export class UrlError extends Error {}

/** https://url.spec.whatwg.org/#utf-8-percent-encode */
function percentEncode(text, set) {
  let result = '';
  for (const character of text) {
    const code = character.codePointAt(0);
    if (code > 0x7e) result += encodeURIComponent(character);
    else if (code < 0x20 || set.includes(character)) {
      result += `%${code.toString(16).toUpperCase().padStart(2, '0')}`;
    } else result += character;
  }
  return result;
}

/** DEL is ASCII, and `encodeURIComponent` encodes it; lone surrogates it refuses. */
const clean = (text) =>
  text
    .toWellFormed()
    .replace(/^[\0-\x20]+|[\0-\x20]+$/g, '')
    .replace(/[\t\n\r]/g, '');

/** Cuts a text before the first occurrence of one of the characters. */
function cut(text, pattern) {
  const at = text.search(pattern);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at)];
}

/** https://url.spec.whatwg.org/#path-state */
function normalisePath(text) {
  const segments = text.split(/[/\\]/);
  if (segments[0] === '') segments.shift();
  const path = [];
  segments.forEach((segment, index) => {
    const last = index === segments.length - 1;
    const dots = segment.replace(/%2e/gi, '.');
    if (dots === '..') {
      path.pop();
      if (last) path.push('');
    } else if (dots === '.') {
      if (last) path.push('');
    } else {
      path.push(percentEncode(segment, PATH_SET));
    }
  });
  return `/${path.join('/')}`;
}

/** https://url.spec.whatwg.org/#port-state: the port as text, '' for the scheme's own. */
function parsePort(text, scheme) {
  if (text === '') return '';
  const port = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= MAX_PORT)) throw new UrlError(`invalid port "${text}"`);
  return port === DEFAULT_PORTS[scheme] ? '' : String(port);
}

/** https://url.spec.whatwg.org/#authority-state */
function parseAuthority(text, scheme) {
  const at = text.lastIndexOf('@');
  const userinfo = at < 0 ? '' : text.slice(0, at);
  const hostAndPort = text.slice(at + 1);
  const colon = userinfo.indexOf(':');
  const [, name, port = ''] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(hostAndPort) ?? [];
  if (name === undefined || (name === '' && hostAndPort !== '')) {
    throw new UrlError(`invalid host "${hostAndPort}"`);
  }
  const host = parseHost(name);
  if (host === null) throw new UrlError(name === '' ? 'empty host' : `invalid host "${name}"`);
  return {
    username: percentEncode(colon < 0 ? userinfo : userinfo.slice(0, colon), USERINFO_SET),
    password: colon < 0 ? '' : percentEncode(userinfo.slice(colon + 1), USERINFO_SET),
    host,
    port: parsePort(port, scheme),
  };
}

/**
 * Parses an absolute URL. Returns its scheme as given (`http` is not yet `ws`) and its other parts
 * in their normal form; `query` and `fragment` are null if missing. Throws a UrlError otherwise.
 */
export function parseUrl(input) {
  const text = clean(input);
  const colon = text.indexOf(':');
  const scheme = text.slice(0, Math.max(colon, 0)).toLowerCase();
  if (!/^[a-z][a-z\d+.-]*$/.test(scheme)) throw new UrlError('missing scheme');
  const known = scheme in DEFAULT_PORTS;
  if (!known) return { scheme, known };
  const [beforeFragment, fragment] = cut(text.slice(colon + 1), /#/);
  const [beforeQuery, query] = cut(beforeFragment, /\?/);
  const [authority, path] = cut(beforeQuery.replace(/^[/\\]*/, ''), /[/\\]/);
  return {
    scheme,
    known,
    ...parseAuthority(authority, scheme),
    path: normalisePath(path),
    query: query === '' ? null : percentEncode(query.slice(1), QUERY_SET),
    fragment: fragment === '' ? null : percentEncode(fragment.slice(1), FRAGMENT_SET),
  };
}

const hostAndPort = ({ host, port }) => (port === '' ? host : `${host}:${port}`);

/** https://url.spec.whatwg.org/#concept-url-serializer, the fragment left out. */
export function serialise(url, { withCredentials }) {
  const password = url.password === '' ? '' : `:${url.password}`;
  const credentials = withCredentials && hasCredentials(url) ? `${url.username}${password}@` : '';
  const query = url.query === null ? '' : `?${url.query}`;
  return `${url.scheme}://${credentials}${hostAndPort(url)}${url.path}${query}`;
}

/** Whether a URL names a user or a password. */
export const hasCredentials = (url) => url.username !== '' || url.password !== '';

/** https://url.spec.whatwg.org/#origin, serialised. */
export const originOf = (url) => `${url.scheme}://${hostAndPort(url)}`;
