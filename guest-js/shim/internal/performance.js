// The clock of the script. https://w3c.github.io/hr-time/#sec-performance

import { currentTime, timeOrigin } from 'wasock:turn';

/** Milliseconds since this virtual user started, on a clock that only goes forward. */
export const performance = {
  now() {
    return currentTime();
  },
  get timeOrigin() {
    return timeOrigin();
  },
  toJSON() {
    return { timeOrigin: timeOrigin() };
  },
};

Object.defineProperty(performance, Symbol.toStringTag, {
  value: 'Performance',
  configurable: true,
});
