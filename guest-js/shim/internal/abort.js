// AbortController and AbortSignal. https://dom.spec.whatwg.org/#aborting-ongoing-activities

import { DOMException } from 'wasock:dom-exception';
import { occurred } from 'wasock:event';
import { defineHandlers, EventTarget, fire, provideAbortSignals } from 'wasock:event-target';
import { native } from 'wasock:native';
import {
  defineInterface,
  INTERNAL,
  isObject,
  requireArguments,
  requireInternal,
  toEnforcedUnsignedLongLong,
  toSequence,
} from 'wasock:webidl';

/** Makes a signal; its constructor is not for scripts. */
let makeSignal;
/** https://dom.spec.whatwg.org/#abortsignal-signal-abort */
let signalAbort;
let isSignal;

const abortError = () => new DOMException('This operation was aborted', 'AbortError');

function toSignal(value) {
  if (isSignal(value)) return value;
  throw new TypeError('AbortSignal.any: an element is not an AbortSignal');
}

/** https://dom.spec.whatwg.org/#interface-AbortSignal */
export class AbortSignal extends EventTarget {
  #aborted = false;
  #reason = undefined;
  #algorithms = [];
  /** The signals that abort this one; null if it is not a dependent signal. */
  #sources = null;
  /** The dependent signals that this one aborts. */
  #dependents = [];

  constructor(token = undefined) {
    requireInternal(token);
    super();
  }

  static abort(reason = undefined) {
    const signal = makeSignal();
    signal.#setAborted(reason === undefined ? abortError() : reason);
    return signal;
  }

  /** The timer keeps the iteration alive until it is due. */
  static timeout(milliseconds) {
    requireArguments(arguments.length, 1, 'AbortSignal.timeout');
    const delay = toEnforcedUnsignedLongLong(milliseconds);
    const signal = makeSignal();
    native.setTimer(
      () => {
        signalAbort(signal, new DOMException('The operation timed out', 'TimeoutError'));
      },
      delay,
      false,
    );
    return signal;
  }

  /** https://dom.spec.whatwg.org/#create-a-dependent-abort-signal */
  static any(signals) {
    requireArguments(arguments.length, 1, 'AbortSignal.any');
    const sources = toSequence(signals, toSignal, 'AbortSignal.any: the argument');
    const result = makeSignal();
    const aborted = sources.find((source) => source.#aborted);
    if (aborted !== undefined) {
      result.#setAborted(aborted.#reason);
      return result;
    }
    const roots = sources.flatMap((source) => source.#sources ?? [source]);
    result.#sources = [...new Set(roots)];
    for (const root of result.#sources) root.#dependents.push(result);
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

  #setAborted(reason) {
    this.#aborted = true;
    this.#reason = reason;
  }

  /** https://dom.spec.whatwg.org/#run-the-abort-steps */
  #runAbortSteps() {
    const algorithms = this.#algorithms;
    this.#algorithms = [];
    for (const algorithm of algorithms) algorithm();
    fire(this, occurred('abort', native.now()));
  }

  static {
    makeSignal = () => new AbortSignal(INTERNAL);
    isSignal = (value) => isObject(value) && #aborted in value;
    signalAbort = (signal, reason) => {
      if (signal.#aborted) return;
      signal.#setAborted(reason === undefined ? abortError() : reason);
      // All of them are aborted before anybody is told.
      const dependents = signal.#dependents.filter((dependent) => !dependent.#aborted);
      for (const dependent of dependents) dependent.#setAborted(signal.#reason);
      for (const one of [signal, ...dependents]) one.#runAbortSteps();
    };
    defineHandlers(AbortSignal, ['abort'], (receiver) => receiver.#aborted);
    provideAbortSignals({
      isSignal,
      isAborted: (signal) => signal.#aborted,
      onAbort: (signal, algorithm) => signal.#algorithms.push(algorithm),
    });
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
