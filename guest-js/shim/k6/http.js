// k6/http: cookie jars. Requests are not in this version.

import { CookieJar, currentJar } from 'wasock:cookies';
import { GoError } from 'wasock:errors';
import { inInit } from 'wasock:turn';

/** The jar that handshakes use unless they are given another one. */
export function cookieJar() {
  if (inInit()) throw new GoError('getting cookie jars in the init context is not supported');
  return currentJar();
}

export { CookieJar };
export default { CookieJar, cookieJar };
