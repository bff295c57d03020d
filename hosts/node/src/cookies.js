// `cookies`.
import { dispose } from '../core/client.js';
import { trap } from '../core/refusal.js';
import { quoted } from '../core/target.js';
import { CookieJar, placeOf, readField } from './jar.js';

/** The most jars of one guest. */
const JARS = 4096;

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** What neither a value nor an attribute can have: it would end the cookie's field, or a part of it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is about
const ENDS = /[;\0-\x1f\x7f-\x9f]/;

/** What is wrong is told as a text: that is the error type of the interface. */
const attempt = (call, words = (why) => why) => {
  try {
    return call();
  } catch (error) {
    throw words(error instanceof Error ? error.message : error);
  }
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

/**
 * The interface for one guest, and `renew`, which gives its user a new jar.
 *
 * @returns {{ imports: object, renew: () => void }}
 */
export const cookiesOf = () => {
  let jars = 0;

  class Jar {
    #jar;

    constructor(jar = new CookieJar()) {
      if (jars >= JARS) throw trap(`the guest has ${JARS} cookie jars, which is the most`);
      jars += 1;
      this.#jar = jar;
    }

    cookies(url) {
      return attempt(() => this.#jar.cookies(url)).map(({ name, value }) => [name, value]);
    }

    set(url, name, value, attributes) {
      const place = attempt(() => placeOf(url));
      const cookie = readField(fieldOf(name, value, attributes));
      if (attributes.expires !== undefined && cookie.expires === undefined) {
        throw `the cookie ${name} expires at ${quoted(attributes.expires)}, which is no date`;
      }
      attempt(
        () => this.#jar.insert(cookie, place),
        (why) => `the cookie ${name} cannot be set: ${why}`,
      );
    }

    store(url, fields) {
      const place = attempt(() => placeOf(url));
      for (const field of fields) {
        try {
          this.#jar.insert(readField(field), place);
        } catch {
          // What is malformed, or not the server's to set, is left out.
        }
      }
    }

    remove(url, name) {
      attempt(() => this.#jar.remove(url, name));
    }

    [dispose]() {
      jars -= 1;
    }
  }

  // Each handle of the guest's own jar is an object of its own, since each is dropped.
  let own = new CookieJar();
  const renew = () => {
    own = new CookieJar();
  };
  return { imports: { Jar, current: () => new Jar(own) }, renew };
};
