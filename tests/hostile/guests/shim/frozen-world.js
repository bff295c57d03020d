import { check } from 'k6';

/** Freezes the globals and all prototypes. */
export default function () {
  for (const name of Reflect.ownKeys(globalThis)) {
    const value = globalThis[name];
    if (typeof value === 'function') Object.freeze(value.prototype ?? value);
    if (typeof value === 'object' && value !== null && value !== globalThis) Object.freeze(value);
  }
  Object.freeze(globalThis);
  check(1, { checked: () => true });
}
