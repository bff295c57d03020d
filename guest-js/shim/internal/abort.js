// AbortController and AbortSignal. https://dom.spec.whatwg.org/#aborting-ongoing-activities

import { DOMException } from 'wasock:dom-exception';
import { Event, OCCURRED, occurrence } from 'wasock:event';
import { defineHandlers, EventTarget, fire, provideAbortSignals } from 'wasock:event-target';
import { native } from 'wasock:native';
import { beginTurn } from 'wasock:turn';
import { defineInterface, requireArguments } from 'wasock:webidl';

/** Makes a signal; its constructor is not for scripts. */
let makeSignal;
/** https://dom.spec.whatwg.org/#abortsignal-signal-abort */
let signalAbort;
let isSignal;
let onAbort;

const INTERNAL = {};

const abortError = () => new DOMException('This operation was aborted', 'AbortError');

/** https://dom.spec.whatwg.org/#interface-AbortSignal */
export class AbortSignal extends EventTarget {
  #aborted = false;
  #reason = undefined;
  #algorithms = [];

  constructor(token) {
    if (token !== INTERNAL) throw new TypeError('Illegal constructor');
    super();
  }

  static abort(reason = undefined) {
    const signal = makeSignal();
    signal.#aborted = true;
    signal.#reason = reason === undefined ? abortError() : reason;
    return signal;
  }

  /** The timer keeps the iteration alive until it is due. */
  static timeout(milliseconds) {
    requireArguments(arguments.length, 1, 'AbortSignal.timeout');
    const delay = Number(milliseconds);
    if (!(delay >= 0 && delay <= Number.MAX_SAFE_INTEGER)) {
      throw new TypeError('AbortSignal.timeout: the delay is not a number of milliseconds from 0');
    }
    const signal = makeSignal();
    native.setTimer(
      () => {
        beginTurn();
        signalAbort(signal, new DOMException('The operation timed out', 'TimeoutError'));
      },
      delay,
      false,
    );
    return signal;
  }

  static any(signals) {
    requireArguments(arguments.length, 1, 'AbortSignal.any');
    const sources = [...signals];
    if (!sources.every(isSignal)) {
      throw new TypeError('AbortSignal.any: an element is not an AbortSignal');
    }
    const result = makeSignal();
    const aborted = sources.find((source) => source.#aborted);
    if (aborted !== undefined) {
      result.#aborted = true;
      result.#reason = aborted.#reason;
      return result;
    }
    for (const source of sources) {
      source.#algorithms.push(() => signalAbort(result, source.#reason));
    }
    return result;
  }

  get aborted() {
    return this.#aborted;
  }

  get reason() {
    return this.#reason;
  }

  throwIfAborted() {
    if (this.#aborted) throw this.#reason;
  }

  static {
    makeSignal = () => new AbortSignal(INTERNAL);
    isSignal = (value) => typeof value === 'object' && value !== null && #aborted in value;
    onAbort = (signal, algorithm) => signal.#algorithms.push(algorithm);
    signalAbort = (signal, reason) => {
      if (signal.#aborted) return;
      signal.#aborted = true;
      signal.#reason = reason === undefined ? abortError() : reason;
      const algorithms = signal.#algorithms;
      signal.#algorithms = [];
      for (const algorithm of algorithms) algorithm();
      fire(signal, new Event(occurrence('abort', native.now()), OCCURRED));
    };
    defineHandlers(AbortSignal, ['abort'], (receiver) => receiver.#aborted);
    provideAbortSignals({ isSignal, isAborted: (signal) => signal.#aborted, onAbort });
  }
}

/** https://dom.spec.whatwg.org/#interface-abortcontroller */
export class AbortController {
  #signal = makeSignal();

  get signal() {
    return this.#signal;
  }

  abort(reason = undefined) {
    signalAbort(this.#signal, reason);
  }
}

defineInterface(AbortSignal);
defineInterface(AbortController);
