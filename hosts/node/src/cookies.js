// `cookies`, on tough-cookie.
import { Cookie, CookieJar } from 'tough-cookie';

import { dispose } from '../core/client.js';
import { trap } from '../core/refusal.js';
import { quoted, readUrl } from '../core/target.js';

/** The most jars of one guest, cookies of a jar, and bytes of a cookie with its attributes (RFC 6265, section 6.1). */
const JARS = 4096;
const COOKIES = 3000;
const COOKIE_SIZE = 4096;

/** The list of public suffixes is not asked: tests have hosts of their own. */
const SETTINGS = { rejectPublicSuffixes: false, looseMode: true };

const HTTP = { 'http:': 'http:', 'ws:': 'http:', 'https:': 'https:', 'wss:': 'https:' };

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** What neither a value nor an attribute can have: it would end the cookie's field, or a part of it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is about
const ENDS = /[;\0-\x1f\x7f-\x9f]/;

/** What is wrong is told as a text: that is the error type of the interface. */
const attempt = (call) => {
  try {
    return call();
  } catch (error) {
    throw error instanceof Error ? error.message : error;
  }
};

/** The URL with the scheme of HTTP that the one of WebSocket stands on. */
const httpUrl = (text) => {
  const url = readUrl(text);
  if (!(url.protocol in HTTP)) throw `the URL ${quoted(text)} has the scheme ${quoted(url.protocol.slice(0, -1))}`;
  return `${HTTP[url.protocol]}${url.href.slice(url.protocol.length)}`;
};

const checked = (name, text) => {
  if (ENDS.test(text)) throw `${name}: ${quoted(text)} has a character that cookies cannot have`;
  return text;
};

const fieldOf = (name, value, { domain, path, maxAge, expires, secure, httpOnly }) => {
  if (!TOKEN.test(name)) throw `${quoted(name)} is not a name that a cookie can have`;
  const texts = [
    ['Domain', domain],
    ['Path', path],
    ['Expires', expires],
  ].flatMap(([attribute, text]) => (text === undefined ? [] : [`; ${attribute}=${checked(attribute, text)}`]));
  const age = maxAge === undefined ? '' : `; Max-Age=${maxAge}`;
  return `${name}=${checked(name, value)}${texts.join('')}${age}${secure ? '; Secure' : ''}${httpOnly ? '; HttpOnly' : ''}`;
};

const parse = (field) => {
  if (Buffer.byteLength(field) > COOKIE_SIZE) throw `a cookie is longer than ${COOKIE_SIZE} bytes`;
  const cookie = Cookie.parse(field, { loose: true });
  if (!cookie) throw 'a cookie is malformed';
  return cookie;
};

/** The interface for one guest. */
export const cookiesOf = () => {
  let jars = 0;

  class Jar {
    #jar;

    constructor(jar = new CookieJar(undefined, SETTINGS)) {
      if (jars >= JARS) throw trap(`the guest has ${JARS} cookie jars, which is the most`);
      jars += 1;
      this.#jar = jar;
    }

    cookies(url) {
      return attempt(() => this.#jar.getCookiesSync(httpUrl(url)).map(({ key, value }) => [key, value]));
    }

    set(url, name, value, attributes) {
      attempt(() => {
        const cookie = parse(fieldOf(name, value, attributes));
        if (attributes.expires !== undefined && cookie.expires === 'Infinity') {
          throw `the cookie ${name} expires at ${quoted(attributes.expires)}, which is no date`;
        }
        this.#insert(cookie, httpUrl(url), (why) => `the cookie ${name} cannot be set: ${why}`);
      });
    }

    store(url, fields) {
      const target = attempt(() => httpUrl(url));
      for (const field of fields) {
        try {
          this.#insert(parse(field), target, (why) => why);
        } catch {
          // What cannot be stored is ignored (RFC 6265, section 5.3).
        }
      }
    }

    remove(url, name) {
      attempt(() => {
        const meant = this.#jar.getCookiesSync(httpUrl(url)).filter(({ key }) => name === undefined || key === name);
        for (const { domain, path, key } of meant) this.#jar.store.removeCookie(domain, path, key, () => {});
      });
    }

    #insert(cookie, url, words) {
      if (this.#jar.serializeSync().cookies.length >= COOKIES) {
        throw words(`the jar has ${COOKIES} cookies, which is the most`);
      }
      try {
        this.#jar.setCookieSync(cookie, url);
      } catch (error) {
        throw words(error.message);
      }
    }

    [dispose]() {
      jars -= 1;
    }
  }

  // Each handle of the guest's own jar is an object of its own, since each is dropped.
  const own = new CookieJar(undefined, SETTINGS);
  return { Jar, current: () => new Jar(own) };
};
