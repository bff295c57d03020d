// EventTarget and event handler attributes.
// https://dom.spec.whatwg.org/#interface-eventtarget
// https://html.spec.whatwg.org/multipage/webappapis.html#event-handlers

import { DOMException } from 'wasock:dom-exception';
import {
  CANCELED,
  CURRENT_TARGET,
  cancel,
  DISPATCHED,
  FLAGS,
  IN_PASSIVE_LISTENER,
  isEvent,
  STOPPED,
  STOPPED_IMMEDIATELY,
  stateOf,
  TARGET,
  TRUSTED,
  TYPE,
} from 'wasock:event';
import { native } from 'wasock:native';
import { apply, defineProperty } from 'wasock:primordials';
import { defineInterface, isObject, requireArguments, toDOMString } from 'wasock:webidl';

/** What `addEventListener` needs of AbortSignal, which is itself an event target. */
const abortSignals = { isSignal: () => false, isAborted: null, onAbort: null };

/** Called once by the module of AbortSignal. */
export function provideAbortSignals(functions) {
  abortSignals.isSignal = functions.isSignal;
  abortSignals.isAborted = functions.isAborted;
  abortSignals.onAbort = functions.onAbort;
}

/** The value of an event handler attribute: a function, another object, or null. */
let getHandler;
/** Sets an event handler attribute. */
let setHandler;
/** Throws if a value is not an event target. */
let checkTarget;
/** Removes a listener. */
let removeListener;
/** What listens for a type of event; undefined if nothing does. */
export let listenersOf;
/** Lets `watcher.listenersChanged(type)` be called whenever the listeners of a target change. */
export let watchListeners;

/** https://dom.spec.whatwg.org/#concept-flatten-options */
const flatten = (options) => !!(isObject(options) ? options.capture : options);

/** https://dom.spec.whatwg.org/#event-flatten-more */
function flattenMore(options) {
  const capture = flatten(options);
  if (!isObject(options)) return { capture, once: false, passive: false, signal: null };
  const { once, passive, signal } = options;
  if (signal !== undefined && !abortSignals.isSignal(signal)) {
    throw new TypeError("EventTarget.addEventListener: 'signal' is not an AbortSignal");
  }
  return { capture, once: !!once, passive: !!passive, signal: signal ?? null };
}

/** The conversion of a callback: an object, or null. */
function toCallback(value, method) {
  if (value === undefined || value === null) return null;
  if (!isObject(value)) {
    throw new TypeError(`EventTarget.${method}: the listener is not an object`);
  }
  return value;
}

/** A copy of a list with a listener put in: capturing ones come first, as at an event's target. */
function inserted(list, listener) {
  const result = [];
  let pending = true;
  for (let i = 0; i < list.length; i++) {
    if (pending && listener.capture && !list[i].capture) {
      result[result.length] = listener;
      pending = false;
    }
    result[result.length] = list[i];
  }
  if (pending) result[result.length] = listener;
  return result;
}

/** A copy of a list without a listener, or undefined if it would be empty. */
function without(list, listener) {
  const result = [];
  for (let i = 0; i < list.length; i++) {
    if (list[i] !== listener) result[result.length] = list[i];
  }
  return result.length === 0 ? undefined : result;
}

/** The function that is all that listens, if nothing is to be done but to call it; else null. */
export function soleFunction(list) {
  if (list === undefined || list.length !== 1) return null;
  const { handler, plain, callback } = list[0];
  if (handler !== null) return typeof handler.value === 'function' ? handler.value : null;
  return plain ? callback : null;
}

/** https://html.spec.whatwg.org/multipage/webappapis.html#the-event-handler-processing-algorithm */
function callHandler({ value }, target, event, state) {
  if (typeof value === 'function' && apply(value, target, [event]) === false) cancel(state);
}

/** https://dom.spec.whatwg.org/#concept-event-listener-inner-invoke, for what is not plain. */
function invoke(target, event, state, listener) {
  if (listener.handler !== null) {
    callHandler(listener.handler, target, event, state);
    return;
  }
  const { callback } = listener;
  if (listener.once) removeListener(target, state[TYPE], listener);
  if (listener.passive) state[FLAGS] |= IN_PASSIVE_LISTENER;
  try {
    if (typeof callback === 'function') {
      apply(callback, target, [event]);
      return;
    }
    const { handleEvent } = callback;
    if (typeof handleEvent !== 'function') {
      throw new TypeError("EventListener.handleEvent isn't a function");
    }
    apply(handleEvent, callback, [event]);
  } finally {
    state[FLAGS] &= ~IN_PASSIVE_LISTENER;
  }
}

/**
 * Calls the listeners in `list` with an event: capturing ones first, as the list has them.
 * `between` runs between two of them: where the engine fires an event and no script is running, that
 * is a microtask checkpoint (https://webidl.spec.whatwg.org/#call-a-user-objects-operation, "clean up
 * after running script").
 * https://dom.spec.whatwg.org/#concept-event-dispatch, for a target without parents.
 */
export function callListeners(list, target, event, between = null) {
  const state = stateOf(event);
  state[FLAGS] |= DISPATCHED;
  state[TARGET] = target;
  state[CURRENT_TARGET] = target;
  let capturing = true;
  for (let i = 0; i < list.length; i++) {
    const listener = list[i];
    if (i > 0 && between !== null) between();
    if (capturing && !listener.capture) {
      if ((state[FLAGS] & STOPPED) !== 0) break;
      capturing = false;
    }
    if (listener.removed) continue;
    try {
      if (listener.plain) apply(listener.callback, target, [event]);
      else invoke(target, event, state, listener);
    } catch (error) {
      // https://html.spec.whatwg.org/multipage/webappapis.html#report-an-exception
      native.report(error);
    }
    if ((state[FLAGS] & STOPPED_IMMEDIATELY) !== 0) break;
  }
  state[CURRENT_TARGET] = null;
  state[FLAGS] &= ~(DISPATCHED | STOPPED | STOPPED_IMMEDIATELY);
}

/** Dispatches an event to a target, whether or not anything listens. */
export function fire(target, event, between = null) {
  const state = stateOf(event);
  const list = listenersOf(target, state[TYPE]);
  if (list !== undefined) {
    callListeners(list, target, event, between);
  } else {
    state[TARGET] = target;
    state[FLAGS] &= ~(STOPPED | STOPPED_IMMEDIATELY);
  }
}

/** https://dom.spec.whatwg.org/#interface-eventtarget */
export class EventTarget {
  /**
   * Listeners by type, in the order of their calls. A list is never changed but replaced, so that
   * a dispatch goes on with the one it began with.
   */
  #lists = null;
  /** Event handlers by type: `{value, listener}`. */
  #handlers = null;
  #watcher = null;

  addEventListener(type, callback, options = undefined) {
    checkTarget(this);
    requireArguments(arguments.length, 2, 'EventTarget.addEventListener');
    const name = toDOMString(type);
    const listenerCallback = toCallback(callback, 'addEventListener');
    const { capture, once, passive, signal } = flattenMore(options);
    // https://dom.spec.whatwg.org/#add-an-event-listener
    // 2. If listener's signal is not null and is aborted, then return.
    if (signal !== null && abortSignals.isAborted(signal)) return;
    // 3. If listener's callback is null, then return.
    if (listenerCallback === null) return;
    // 5. If the list does not contain a listener with the same type, callback, and capture, append.
    if (this.#find(name, listenerCallback, capture) !== null) return;
    const listener = {
      callback: listenerCallback,
      handler: null,
      capture,
      once,
      passive,
      /** Nothing is to be done but to call it. */
      plain: typeof listenerCallback === 'function' && !once && !passive,
      removed: false,
    };
    this.#add(name, listener);
    // 6. If listener's signal is not null, then remove the listener when it aborts.
    if (signal !== null) abortSignals.onAbort(signal, () => this.#remove(name, listener));
  }

  removeEventListener(type, callback, options = undefined) {
    checkTarget(this);
    requireArguments(arguments.length, 2, 'EventTarget.removeEventListener');
    const name = toDOMString(type);
    const listener = this.#find(
      name,
      toCallback(callback, 'removeEventListener'),
      flatten(options),
    );
    if (listener !== null) this.#remove(name, listener);
  }

  dispatchEvent(event) {
    checkTarget(this);
    requireArguments(arguments.length, 1, 'EventTarget.dispatchEvent');
    if (!isEvent(event)) {
      throw new TypeError('EventTarget.dispatchEvent: the argument is not an Event');
    }
    // 1. If event's dispatch flag is set, then throw an "InvalidStateError" DOMException.
    const state = stateOf(event);
    if ((state[FLAGS] & DISPATCHED) !== 0) {
      throw new DOMException('The event is already being dispatched', 'InvalidStateError');
    }
    // 2. Initialize event's isTrusted attribute to false.
    state[FLAGS] &= ~TRUSTED;
    // 3. Return the result of dispatching event to this.
    fire(this, event);
    return (state[FLAGS] & CANCELED) === 0;
  }

  #find(type, callback, capture) {
    const list = this.#lists === null ? undefined : this.#lists[type];
    if (list === undefined) return null;
    for (let i = 0; i < list.length; i++) {
      const listener = list[i];
      if (
        listener.callback === callback &&
        listener.capture === capture &&
        listener.handler === null
      ) {
        return listener;
      }
    }
    return null;
  }

  #add(type, listener) {
    this.#lists ??= { __proto__: null };
    const list = this.#lists[type];
    this.#lists[type] = list === undefined ? [listener] : inserted(list, listener);
    this.#changed(type);
  }

  #remove(type, listener) {
    if (listener.removed) return;
    listener.removed = true;
    this.#lists[type] = without(this.#lists[type], listener);
    this.#changed(type);
  }

  #changed(type) {
    if (this.#watcher !== null) this.#watcher.listenersChanged(type);
  }

  #setHandler(type, given) {
    // [LegacyTreatNonObjectAsNull]
    const value = typeof given === 'function' || typeof given === 'object' ? given : null;
    this.#handlers ??= { __proto__: null };
    const handler = this.#handlers[type];
    if (value === null) {
      // https://html.spec.whatwg.org/multipage/webappapis.html#deactivate-an-event-handler
      if (handler !== undefined) this.#remove(type, handler.listener);
      this.#handlers[type] = undefined;
    } else if (handler !== undefined) {
      handler.value = value;
      this.#changed(type);
    } else {
      // https://html.spec.whatwg.org/multipage/webappapis.html#activate-an-event-handler
      const added = { value, listener: null };
      added.listener = {
        callback: null,
        handler: added,
        capture: false,
        once: false,
        passive: false,
        plain: false,
        removed: false,
      };
      this.#handlers[type] = added;
      this.#add(type, added.listener);
    }
  }

  static {
    checkTarget = (target) => target.#lists;
    removeListener = (target, type, listener) => target.#remove(type, listener);
    watchListeners = (target, watcher) => {
      target.#watcher = watcher;
    };
    listenersOf = (target, type) => (target.#lists === null ? undefined : target.#lists[type]);
    getHandler = (target, type) => {
      const handler = target.#handlers === null ? undefined : target.#handlers[type];
      return handler === undefined ? null : handler.value;
    };
    setHandler = (target, type, value) => target.#setHandler(type, value);
  }
}

/**
 * Defines the event handler attributes `on…` of a class. `check` throws if the receiver is not an
 * instance.
 */
export function defineHandlers(Class, types, check) {
  for (const type of types) {
    const accessors = {
      get [`on${type}`]() {
        check(this);
        return getHandler(this, type);
      },
      set [`on${type}`](value) {
        check(this);
        setHandler(this, type, value);
      },
    };
    const descriptor = Object.getOwnPropertyDescriptor(accessors, `on${type}`);
    defineProperty(Class.prototype, `on${type}`, descriptor);
  }
}

defineInterface(EventTarget);
