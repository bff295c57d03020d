// The clock of the script. https://w3c.github.io/hr-time/#sec-performance

import { EventTarget } from 'wasock:event-target';
import { currentTime, timeOrigin } from 'wasock:turn';
import { defineInterface, INTERNAL, requireInternal } from 'wasock:webidl';

export class Performance extends EventTarget {
  #brand;

  constructor(token = undefined) {
    requireInternal(token);
    super();
  }

  /** Milliseconds since this virtual user started, on a clock that only goes forward. */
  now() {
    this.#brand;
    return currentTime();
  }

  get timeOrigin() {
    this.#brand;
    return timeOrigin();
  }

  toJSON() {
    this.#brand;
    return { timeOrigin: timeOrigin() };
  }
}

defineInterface(Performance);

export const performance = new Performance(INTERNAL);
