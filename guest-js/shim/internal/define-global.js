// How globals are defined.

import { defineProperty } from 'wasock:primordials';

/** Defines a global that scripts may replace. */
export function defineGlobal(name, value, enumerable = false) {
  defineProperty(globalThis, name, {
    value,
    writable: true,
    enumerable,
    configurable: true,
  });
}
