// Cookies (RFC 6265).
import { quoted, readUrl } from '../core/target.js';

/** The most cookies of a jar, and bytes of a cookie with its attributes (section 6.1). */
const COOKIES = 3000;
const COOKIE_SIZE = 4096;

/** The schemes, and whether `Secure` cookies are for them. */
const SCHEMES = { 'http:': false, 'ws:': false, 'https:': true, 'wss:': true };

/** Hosts that are this machine, which `Secure` cookies are for by any scheme. */
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** Hosts that are addresses: nothing is below them. */
const ADDRESS = /^(\d+(\.\d+){3}|\[.*\])$/;

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/**
 * Host and path of a URL, and whether `Secure` cookies are for it.
 *
 * @throws {TypeError | string} what is wrong with the URL
 */
export const placeOf = (text) => {
  const { protocol, hostname, pathname } = readUrl(text);
  if (!(protocol in SCHEMES)) throw `the URL ${quoted(text)} has the scheme ${quoted(protocol.slice(0, -1))}`;
  return { host: hostname, path: pathname, isSecure: SCHEMES[protocol] || LOOPBACK.test(hostname) };
};

/** Whether a host is a domain or below it (section 5.1.3). */
export const isWithin = (host, domain) => host === domain || (host.endsWith(`.${domain}`) && !ADDRESS.test(host));

/** Whether a path is another or below it (section 5.1.4). */
const isBelow = (path, other) =>
  path === other || (path.startsWith(other) && (other.endsWith('/') || path[other.length] === '/'));

/** A date in milliseconds since 1970, if it is one (section 5.1.1). */
const dateOf = (text) => {
  const tokens = text.split(/[\t\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+/);
  const taken = new Set();
  // Each part is the first token of its form that is no part before it.
  const take = (form) => {
    const token = tokens.find((one) => !taken.has(one) && form.test(one));
    taken.add(token);
    return form.exec(token ?? '')?.slice(1) ?? [];
  };
  const [hour, minute, second] = take(/^(\d\d?):(\d\d?):(\d\d?)(?!\d)/).map(Number);
  const [day] = take(/^(\d\d?)(?!\d)/).map(Number);
  const [month] = take(/^(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)/i);
  const [year] = take(/^(\d{2,4})(?!\d)/).map(Number);
  if (!(hour < 24 && minute < 60 && second < 60 && day >= 1 && day <= 31) || !month) return undefined;
  const full = year < 70 ? year + 2000 : year < 100 ? year + 1900 : year;
  return full >= 1601 ? Date.UTC(full, MONTHS.indexOf(month.toLowerCase()), day, hour, minute, second) : undefined;
};

/**
 * A `Set-Cookie` field (section 5.2), or nothing if it is malformed.
 *
 * @returns {{ name: string, value: string, domain: string, path: string, maxAge?: number, expires?: number,
 *   secure: boolean, httpOnly: boolean } | undefined} `maxAge` in seconds, `expires` in milliseconds since 1970
 */
export const parseCookie = (field) => {
  const [pair, ...rest] = field.split(';');
  const [, name, value] = /^\s*([^=]*?)\s*=(.*)$/s.exec(pair) ?? [];
  if (!name) return undefined;
  const given = new Map(
    rest.map((part) => part.split(/=(.*)/s)).map(([key, text = '']) => [key.trim().toLowerCase(), text.trim()]),
  );
  const age = given.get('max-age') ?? '';
  return {
    name,
    value: value.trim(),
    domain: (given.get('domain') ?? '').replace(/^\./, ''),
    path: given.get('path') ?? '',
    maxAge: /^-?\d+$/.test(age) ? Math.max(0, Math.min(Number(age), Number.MAX_SAFE_INTEGER)) : undefined,
    expires: dateOf(given.get('expires') ?? ''),
    secure: given.has('secure'),
    httpOnly: given.has('httponly'),
  };
};

/** Cookies by domain, path and name. Errors are texts for the guest. */
export class CookieJar {
  #kept = new Map();

  /** The cookies for a URL: those of the longest path first, of one path by name. */
  cookies(url) {
    const found = this.#for(placeOf(url));
    return found.sort((a, b) => b.path.length - a.path.length || (a.name < b.name ? -1 : 1));
  }

  /** Removes the cookies for a URL, or those of a name. */
  remove(url, name) {
    for (const cookie of this.#for(placeOf(url))) {
      if (name === undefined || cookie.name === name) this.#kept.delete(keyOf(cookie));
    }
  }

  #for({ host, path, isSecure }) {
    return [...this.#kept.values()].filter((cookie) => {
      const isAtDomain = cookie.isOfHost ? host === cookie.domain : isWithin(host, cookie.domain);
      return isAtDomain && isBelow(path, cookie.path) && (isSecure || !cookie.secure) && !hasExpired(cookie);
    });
  }

  /** Stores a cookie that a server at a place has set; fails with what is wrong (section 5.3). */
  insert({ name, value, secure, ...given }, { host, path }) {
    if (this.#kept.size >= COOKIES) this.#purge();
    if (this.#kept.size >= COOKIES) throw `the jar has ${COOKIES} cookies, which is the most`;
    const domain = given.domain.toLowerCase();
    if (domain && !isWithin(host, domain)) throw 'request-uri does not domain-match the cookie';
    const folder = path.slice(0, Math.max(1, path.lastIndexOf('/')));
    const where = { domain: domain || host, isOfHost: !domain, path: given.path.startsWith('/') ? given.path : folder };
    const until = given.maxAge === undefined ? given.expires : Date.now() + given.maxAge * 1000;
    const cookie = { name, value, secure, until, ...where };
    this.#kept.delete(keyOf(cookie));
    // One that has expired takes the one of its name along, and does not stay.
    if (!hasExpired(cookie)) this.#kept.set(keyOf(cookie), cookie);
  }

  #purge() {
    for (const [key, cookie] of this.#kept) if (hasExpired(cookie)) this.#kept.delete(key);
  }
}

const keyOf = ({ domain, path, name }) => `${domain};${path};${name}`;

const hasExpired = ({ until }) => until !== undefined && until <= Date.now();

/** A `Set-Cookie` field, or an error. */
export const readField = (field) => {
  if (Buffer.byteLength(field) > COOKIE_SIZE) throw `a cookie is longer than ${COOKIE_SIZE} bytes`;
  const cookie = parseCookie(field);
  if (!cookie) throw 'a cookie is malformed';
  return cookie;
};
