// Calls of the host that can fail.

import { GoError } from 'wasock:errors';

/** What `call` returns; a failure of it is thrown as k6 throws what comes from outside of JavaScript. */
export function fromHost(call) {
  try {
    return call();
  } catch (error) {
    throw new GoError(error.message);
  }
}
