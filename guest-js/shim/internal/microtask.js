// https://html.spec.whatwg.org/multipage/timers-and-user-prompts.html#microtask-queuing

import { native } from 'wasock:native';
import { promiseThen, resolvedPromise } from 'wasock:primordials';
import { toCallbackFunction } from 'wasock:webidl';

/** Runs a function after the running task, before the next one. */
export function queueMicrotask(callback) {
  toCallbackFunction(callback, 'queueMicrotask: the argument');
  promiseThen(resolvedPromise(undefined), () => {
    try {
      callback();
    } catch (error) {
      native.report(error);
    }
  });
}
