// How globals are defined.

import { defineProperty } from 'wasock:primordials';

/** Defines a global that scripts may replace, as Web IDL defines its classes. */
export function defineGlobal(name, value) {
  defineProperty(globalThis, name, {
    value,
    writable: true,
    enumerable: false,
    configurable: true,
  });
}
