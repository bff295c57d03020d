// Event and CustomEvent. https://dom.spec.whatwg.org/#events
//
// All that an event knows is in one array behind one private field. QuickJS makes an array in a
// third of the time that as many private fields take, and events are made for every message.

import { native } from 'wasock:native';
import { relativeTime, timeOrigin } from 'wasock:turn';
import { defineInterface, toDictionary, toDOMString } from 'wasock:webidl';

const CONSTANTS = { NONE: 0, CAPTURING_PHASE: 1, AT_TARGET: 2, BUBBLING_PHASE: 3 };

// Where things are in the array.
export const TYPE = 0;
/** The event's flags and its kind. */
export const FLAGS = 1;
/** What the host's clock read when the event happened, in milliseconds. */
export const TIME = 2;
export const TARGET = 3;
export const CURRENT_TARGET = 4;
/** From here on there is what the kind of event has: a message's data and origin, for instance. */
export const DETAIL = 5;

// The flags, https://dom.spec.whatwg.org/#stop-propagation-flag and below.
const BUBBLES = 1;
const CANCELABLE = 2;
const COMPOSED = 4;
export const STOPPED = 8;
export const STOPPED_IMMEDIATELY = 16;
export const CANCELED = 32;
export const IN_PASSIVE_LISTENER = 64;
export const DISPATCHED = 128;
export const TRUSTED = 256;

// The kinds that have a detail.
const CUSTOM = 512;
export const MESSAGE = 1024;
export const CLOSE = 2048;
export const ERROR = 4096;

/**
 * Stands in an event's dictionary's place when the shim itself makes the event: then the first
 * argument is the array. Scripts cannot get hold of it.
 */
export const OCCURRED = {};

/** The array of a trusted event that happened when the host's clock read `at`. */
export const occurrence = (type, at) => [type, TRUSTED, at, null, null];

/** The array of an event; throws if the value is no event. */
export let stateOf;

/** The array of an event of a kind; throws if the value is none. */
export function detailOf(event, kind) {
  const state = stateOf(event);
  if ((state[FLAGS] & kind) === 0) throw new TypeError('Illegal invocation');
  return state;
}

/** The array of an event that a script makes. */
function fromDictionary(type, init, name) {
  if (type === undefined && init === undefined) {
    throw new TypeError(`${name}: 1 argument required, but only 0 present`);
  }
  const text = toDOMString(type);
  const { bubbles, cancelable, composed } = toDictionary(init, 'the event dictionary');
  const flags = (bubbles ? BUBBLES : 0) | (cancelable ? CANCELABLE : 0) | (composed ? COMPOSED : 0);
  return [text, flags, native.now(), null, null];
}

/** https://dom.spec.whatwg.org/#interface-event */
export class Event {
  #state;

  constructor(type, init = undefined) {
    this.#state = init === OCCURRED ? type : fromDictionary(type, init, new.target.name);
  }

  get type() {
    return this.#state[TYPE];
  }

  get target() {
    return this.#state[TARGET];
  }

  get srcElement() {
    return this.#state[TARGET];
  }

  get currentTarget() {
    return this.#state[CURRENT_TARGET];
  }

  composedPath() {
    const current = this.#state[CURRENT_TARGET];
    return current === null ? [] : [current];
  }

  get eventPhase() {
    return this.#state[CURRENT_TARGET] === null ? CONSTANTS.NONE : CONSTANTS.AT_TARGET;
  }

  stopPropagation() {
    this.#state[FLAGS] |= STOPPED;
  }

  get cancelBubble() {
    return (this.#state[FLAGS] & STOPPED) !== 0;
  }

  set cancelBubble(value) {
    if (value) this.#state[FLAGS] |= STOPPED;
  }

  stopImmediatePropagation() {
    this.#state[FLAGS] |= STOPPED | STOPPED_IMMEDIATELY;
  }

  get bubbles() {
    return (this.#state[FLAGS] & BUBBLES) !== 0;
  }

  get cancelable() {
    return (this.#state[FLAGS] & CANCELABLE) !== 0;
  }

  get returnValue() {
    return (this.#state[FLAGS] & CANCELED) === 0;
  }

  set returnValue(value) {
    if (!value) this.preventDefault();
  }

  preventDefault() {
    const flags = this.#state[FLAGS];
    if ((flags & (CANCELABLE | IN_PASSIVE_LISTENER)) === CANCELABLE) {
      this.#state[FLAGS] = flags | CANCELED;
    }
  }

  get defaultPrevented() {
    return (this.#state[FLAGS] & CANCELED) !== 0;
  }

  get composed() {
    return (this.#state[FLAGS] & COMPOSED) !== 0;
  }

  get isTrusted() {
    return (this.#state[FLAGS] & TRUSTED) !== 0;
  }

  get timeStamp() {
    return relativeTime(this.#state[TIME]);
  }

  /** k6's name for the time of an event: milliseconds since 1970. */
  get timestamp() {
    return timeOrigin() + relativeTime(this.#state[TIME]);
  }

  initEvent(type, bubbles = false, cancelable = false) {
    const state = this.#state;
    const text = toDOMString(type);
    if ((state[FLAGS] & DISPATCHED) !== 0) return;
    const kind = state[FLAGS] & (CUSTOM | MESSAGE | CLOSE | ERROR);
    state[TYPE] = text;
    state[FLAGS] = kind | (bubbles ? BUBBLES : 0) | (cancelable ? CANCELABLE : 0);
    state[TARGET] = null;
  }

  static {
    stateOf = (event) => event.#state;
  }
}

/** https://dom.spec.whatwg.org/#interface-customevent */
export class CustomEvent extends Event {
  constructor(type, init = undefined) {
    super(type, init);
    const state = stateOf(this);
    state[FLAGS] |= CUSTOM;
    state[DETAIL] = init?.detail ?? null;
  }

  get detail() {
    return detailOf(this, CUSTOM)[DETAIL];
  }
}

defineInterface(Event, CONSTANTS);
defineInterface(CustomEvent);
