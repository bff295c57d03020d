// Which functions k6's synchronous helpers must refuse.

import { getPrototypeOf } from 'wasock:primordials';

const AsyncPrototype = getPrototypeOf(async () => {});

/** Whether a value was declared as an async function. */
export const isAsyncFunction = (value) =>
  typeof value === 'function' && getPrototypeOf(value) === AsyncPrototype;

/** Whether a value can be awaited. */
export const isThenable = (value) =>
  (typeof value === 'object' || typeof value === 'function') &&
  value !== null &&
  typeof value.then === 'function';
