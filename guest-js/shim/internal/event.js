// Event and CustomEvent. https://dom.spec.whatwg.org/#events
//
// All that an event knows is in one array behind one private field. QuickJS makes an array in a
// third of the time that as many private fields take, and events are made for every message.

import { native } from 'wasock:native';
import { createObject } from 'wasock:primordials';
import { relativeTime, timeOrigin } from 'wasock:turn';
import { defineInterface, Given, requireArguments, toDictionary, toDOMString } from 'wasock:webidl';

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

/** The array of an event; throws if the value is no event. */
export let stateOf;
/** Whether a value is an event. */
export let isEvent;

/** Puts its array on an object, which makes it an event. */
class EventState extends Given {
  #array;

  constructor(object, array) {
    super(object);
    this.#array = array;
  }

  static {
    stateOf = (event) => event.#array;
    isEvent = (value) => typeof value === 'object' && value !== null && #array in value;
  }
}

/** Makes an event of an array, without running the constructor that scripts call. */
export const eventOf = (prototype, array) => new EventState(createObject(prototype), array);

/** Makes a trusted event that is a plain Event and happened when the host's clock read `at`. */
export const occurred = (type, at) => eventOf(Event.prototype, [type, TRUSTED, at, null, null]);

/** The array of an event of a kind; throws if the value is none. */
export function detailOf(event, kind) {
  const state = stateOf(event);
  if ((state[FLAGS] & kind) === 0) throw new TypeError('Illegal invocation');
  return state;
}

/** https://dom.spec.whatwg.org/#set-the-canceled-flag */
export function cancel(state) {
  const flags = state[FLAGS];
  if ((flags & (CANCELABLE | IN_PASSIVE_LISTENER)) === CANCELABLE) state[FLAGS] = flags | CANCELED;
}

/**
 * https://dom.spec.whatwg.org/#concept-event-initialize. Does nothing, and returns false, while the
 * event is dispatched.
 */
export function initialise(state, type, bubbles, cancelable) {
  const flags = state[FLAGS];
  if ((flags & DISPATCHED) !== 0) return false;
  const kept = flags & (COMPOSED | CUSTOM | MESSAGE | CLOSE | ERROR);
  state[TYPE] = type;
  state[FLAGS] = kept | (bubbles ? BUBBLES : 0) | (cancelable ? CANCELABLE : 0);
  state[TARGET] = null;
  return true;
}

/** The flags of the members that all events' dictionaries have. */
function flagsOf(init) {
  const { bubbles, cancelable, composed } = toDictionary(init, 'the event dictionary');
  return (bubbles ? BUBBLES : 0) | (cancelable ? CANCELABLE : 0) | (composed ? COMPOSED : 0);
}

/** https://dom.spec.whatwg.org/#interface-event */
export class Event {
  constructor(type, init = undefined) {
    requireArguments(arguments.length, 1, 'Event constructor');
    const name = toDOMString(type);
    new EventState(this, [name, flagsOf(init), native.now(), null, null]);
  }

  get type() {
    return stateOf(this)[TYPE];
  }

  get target() {
    return stateOf(this)[TARGET];
  }

  get srcElement() {
    return stateOf(this)[TARGET];
  }

  get currentTarget() {
    return stateOf(this)[CURRENT_TARGET];
  }

  composedPath() {
    const current = stateOf(this)[CURRENT_TARGET];
    return current === null ? [] : [current];
  }

  get eventPhase() {
    return stateOf(this)[CURRENT_TARGET] === null ? CONSTANTS.NONE : CONSTANTS.AT_TARGET;
  }

  stopPropagation() {
    stateOf(this)[FLAGS] |= STOPPED;
  }

  get cancelBubble() {
    return (stateOf(this)[FLAGS] & STOPPED) !== 0;
  }

  set cancelBubble(value) {
    const state = stateOf(this);
    if (value) state[FLAGS] |= STOPPED;
  }

  stopImmediatePropagation() {
    stateOf(this)[FLAGS] |= STOPPED | STOPPED_IMMEDIATELY;
  }

  get bubbles() {
    return (stateOf(this)[FLAGS] & BUBBLES) !== 0;
  }

  get cancelable() {
    return (stateOf(this)[FLAGS] & CANCELABLE) !== 0;
  }

  get returnValue() {
    return (stateOf(this)[FLAGS] & CANCELED) === 0;
  }

  set returnValue(value) {
    const state = stateOf(this);
    if (!value) cancel(state);
  }

  preventDefault() {
    cancel(stateOf(this));
  }

  get defaultPrevented() {
    return (stateOf(this)[FLAGS] & CANCELED) !== 0;
  }

  get composed() {
    return (stateOf(this)[FLAGS] & COMPOSED) !== 0;
  }

  get isTrusted() {
    return (stateOf(this)[FLAGS] & TRUSTED) !== 0;
  }

  get timeStamp() {
    return relativeTime(stateOf(this)[TIME]);
  }

  /** k6's name for the time of an event: milliseconds since 1970. */
  get timestamp() {
    return timeOrigin() + relativeTime(stateOf(this)[TIME]);
  }

  initEvent(type, bubbles = false, cancelable = false) {
    const state = stateOf(this);
    requireArguments(arguments.length, 1, 'Event.initEvent');
    initialise(state, toDOMString(type), bubbles, cancelable);
  }
}

/** https://dom.spec.whatwg.org/#interface-customevent */
export class CustomEvent extends Event {
  constructor(type, init = undefined) {
    requireArguments(arguments.length, 1, 'CustomEvent constructor');
    super(type, init);
    const state = stateOf(this);
    state[FLAGS] |= CUSTOM;
    state[DETAIL] = init?.detail ?? null;
  }

  get detail() {
    return detailOf(this, CUSTOM)[DETAIL];
  }

  initCustomEvent(type, bubbles = false, cancelable = false, detail = null) {
    const state = detailOf(this, CUSTOM);
    requireArguments(arguments.length, 1, 'CustomEvent.initCustomEvent');
    if (initialise(state, toDOMString(type), bubbles, cancelable)) state[DETAIL] = detail;
  }
}

defineInterface(Event, CONSTANTS);
defineInterface(CustomEvent);
