// Cookie jars: what scripts do with them, and what handshakes take from and give to them.

import { GoError } from 'wasock:errors';
import { native } from 'wasock:native';
import { isFiniteNumber, trunc } from 'wasock:primordials';
import { state } from 'wasock:state';

const { Number: toNumberValue, String: toStringValue } = globalThis;

const COOKIE_HEADER = 'Cookie';

/** A Unix socket has no host that cookies could be of. */
const UNIX_SOCKET = /^ws\+unix:/i;

/** Calls the host; what it refuses is an error of native code. */
function call(method, ...args) {
  try {
    return method(...args);
  } catch (error) {
    throw new GoError(error.message);
  }
}

const optionalText = (value) =>
  value === undefined || value === null || value === '' ? undefined : toStringValue(value);

/** An age of 0 means none, as in Go, where it is the value of a number that nobody has set. */
function toMaxAge(value) {
  const seconds = trunc(toNumberValue(value ?? 0));
  return seconds !== 0 && isFiniteNumber(seconds) ? seconds : undefined;
}

let toObject;
let toHandle;

/** Cookies by domain, path and name. */
export class CookieJar {
  #jar;

  constructor() {
    this.#jar = native.newJar();
  }

  /** The values of the cookies for a URL, as `{name: [value, …]}`. */
  cookiesForURL(url) {
    const result = {};
    for (const [name, value] of call(native.cookies, this.#jar, toStringValue(url))) {
      if (Object.hasOwn(result, name)) result[name].push(value);
      else result[name] = [value];
    }
    return result;
  }

  /** Sets a cookie for the host of a URL, or for what the options say. */
  set(url, name, value, options = undefined) {
    const { domain, path, expires, max_age, secure, http_only } = options ?? {};
    call(native.setCookie, this.#jar, toStringValue(url), {
      name: toStringValue(name),
      value: toStringValue(value),
      domain: optionalText(domain),
      path: optionalText(path),
      expires: optionalText(expires),
      maxAge: toMaxAge(max_age),
      secure: Boolean(secure),
      httpOnly: Boolean(http_only),
    });
    return true;
  }

  /** Removes all cookies for a URL. */
  clear(url) {
    call(native.removeCookies, this.#jar, toStringValue(url), undefined);
  }

  /** Removes the cookies of one name for a URL. */
  delete(url, name) {
    call(native.removeCookies, this.#jar, toStringValue(url), toStringValue(name));
  }

  static {
    toObject = (jar) => {
      const object = new CookieJar();
      object.#jar = jar;
      return object;
    };
    toHandle = (value) => {
      const isJar = typeof value === 'object' && value !== null && #jar in value;
      return isJar ? value.#jar : null;
    };
  }
}

function currentHandle() {
  state.mayHaveCookies = true;
  state.currentJar ??= native.currentJar();
  return state.currentJar;
}

/** Forgets the jar, because a stage begins that may have another one. */
export function forgetCurrentJar() {
  state.currentJar = null;
}

/** The jar that handshakes use unless they are given another one. */
export const currentJar = () => toObject(currentHandle());

/** The host's jar that a script means: the one it gives, or the current one for what is no jar. */
export const jarHandle = (given) => toHandle(given) ?? currentHandle();

/**
 * The jar of a handshake: that of its params, or the current one for what is no jar; null for a current
 * one without cookies. The handshake takes its cookies from it, unless the script has set the header
 * itself.
 */
export function takeCookies(given, url, headers) {
  // The usual case: nobody has ever asked for the current jar.
  if (given === undefined && !state.mayHaveCookies) return null;
  const jar = jarHandle(given);
  if (headers.length > 0 && headers.some(([name]) => name === COOKIE_HEADER)) return jar;
  const value = native.cookieHeader(jar, url);
  if (value !== '' && !UNIX_SOCKET.test(url)) headers[headers.length] = [COOKIE_HEADER, value];
  return jar;
}

/** Puts what the server's answer sets into the jar. */
export function storeCookies(jar, url, { cookies }) {
  if (cookies && !UNIX_SOCKET.test(url)) native.storeCookies(jar ?? currentHandle(), url, cookies);
}
