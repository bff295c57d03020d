// setTimeout and its relatives, by the rules of k6.

import { GoError } from 'wasock:errors';
import { native } from 'wasock:native';
import { apply, isInteger, isNotANumber, min } from 'wasock:primordials';

/** The longest delay that a timer takes, in milliseconds: about 31 years, far below 2^64 ns. */
const MAX_DELAY = 1e12;

/** Ids are counted with 32 bits. */
const MAX_ID = 0xffff_ffff;

const { Number: toNumberValue } = globalThis;

/** A delay as k6 takes it: missing, negative and NaN mean none. */
export function toDelay(value) {
  const delay = toNumberValue(value);
  return isNotANumber(delay) || delay < 0 ? 0 : min(delay, MAX_DELAY);
}

function schedule(name, callback, delay, args, repeat) {
  if (typeof callback !== 'function') {
    // k6 counts a timer before it looks at it.
    native.takeTimerId();
    if (callback === undefined || callback === null) {
      throw new GoError(`${name}'s callback isn't a callable function`);
    }
    throw new TypeError(`${name}'s callback isn't a callable function but ${typeof callback}`);
  }
  const task = () => apply(callback, globalThis, args);
  return native.setTimer(task, toDelay(delay), repeat);
}

/** Calls `callback` once, `delay` milliseconds from now. Returns the timer's id. */
export function setTimeout(callback, delay = 0, ...args) {
  return schedule('setTimeout', callback, delay, args, false);
}

/** Calls `callback` every `delay` milliseconds. Returns the timer's id. */
export function setInterval(callback, delay = 0, ...args) {
  return schedule('setInterval', callback, delay, args, true);
}

/** Ends a timer. An id that is not set is no error. */
export function clearTimeout(id = 0) {
  const number = toNumberValue(id);
  if (isInteger(number) && number >= 1 && number <= MAX_ID) native.clearTimer(number);
}

/** The same as `clearTimeout`. */
export function clearInterval(id = 0) {
  clearTimeout(id);
}
