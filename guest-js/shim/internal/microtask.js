// https://html.spec.whatwg.org/multipage/timers-and-user-prompts.html#microtask-queuing

import { native } from 'wasock:native';
import { promiseThen, resolvedPromise } from 'wasock:primordials';

/** Runs a function after the running task, before the next one. */
export function queueMicrotask(callback) {
  if (typeof callback !== 'function') {
    throw new TypeError('queueMicrotask: the argument is not a function');
  }
  promiseThen(resolvedPromise(undefined), () => {
    try {
      callback();
    } catch (error) {
      native.report(error);
    }
  });
}
