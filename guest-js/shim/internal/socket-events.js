// The kinds of events that sockets fire, and ErrorEvent.

import {
  CLOSE,
  CURRENT_TARGET,
  DETAIL,
  DISPATCHED,
  detailOf,
  ERROR,
  Event,
  eventOf,
  FLAGS,
  initialise,
  MESSAGE,
  STOPPED,
  STOPPED_IMMEDIATELY,
  stateOf,
  TARGET,
  TIME,
  TRUSTED,
} from 'wasock:event';
import { native } from 'wasock:native';
import { defineProperty, freeze, getOwnPropertyDescriptor } from 'wasock:primordials';
import {
  defineInterface,
  member,
  requireArguments,
  toDictionary,
  toDOMString,
  toSequence,
  toUnsignedLong,
  toUnsignedShort,
  toUSVString,
} from 'wasock:webidl';

// Where the details of a message are.
const DATA = DETAIL;
const ORIGIN = DETAIL + 1;
/** What only scripts set: lastEventId, source and ports. */
const REST = DETAIL + 2;

const NO_REST = freeze({ lastEventId: '', source: null, ports: freeze([]) });

/** A trusted message event. */
export const messageEvent = (data, origin, at) =>
  eventOf(MessageEvent.prototype, [
    'message',
    TRUSTED | MESSAGE,
    at,
    null,
    null,
    data,
    origin,
    NO_REST,
  ]);

/** A trusted close event; `close` is `{wasClean, code, reason}`. */
export const closeEvent = (close, at) =>
  eventOf(CloseEvent.prototype, ['close', TRUSTED | CLOSE, at, null, null, close]);

/** There are no message ports and no windows here that a message could come with. */
function noSource(value) {
  if (value === null) return null;
  throw new TypeError('MessageEvent: the source is neither a window nor a port');
}

function toPorts(value) {
  const noPort = () => {
    throw new TypeError('MessageEvent: an element of the ports is not a MessagePort');
  };
  return freeze(toSequence(value, noPort, 'MessageEvent: the member ports'));
}

/** https://html.spec.whatwg.org/multipage/comms.html#messageevent */
export class MessageEvent extends Event {
  constructor(type, init = undefined) {
    requireArguments(arguments.length, 1, 'MessageEvent constructor');
    super(type, init);
    const dictionary = toDictionary(init, 'the event dictionary');
    const state = stateOf(this);
    state[FLAGS] |= MESSAGE;
    const { data } = dictionary;
    state[DATA] = data === undefined ? null : data;
    const lastEventId = member(dictionary, 'lastEventId', toDOMString, '');
    state[ORIGIN] = member(dictionary, 'origin', toUSVString, '');
    const ports = member(dictionary, 'ports', toPorts, NO_REST.ports);
    const source = member(dictionary, 'source', noSource, null);
    state[REST] = { lastEventId, source, ports };
  }

  get data() {
    return detailOf(this, MESSAGE)[DATA];
  }

  get origin() {
    return detailOf(this, MESSAGE)[ORIGIN];
  }

  get lastEventId() {
    return detailOf(this, MESSAGE)[REST].lastEventId;
  }

  get source() {
    return detailOf(this, MESSAGE)[REST].source;
  }

  get ports() {
    return detailOf(this, MESSAGE)[REST].ports;
  }

  initMessageEvent(
    type,
    bubbles = false,
    cancelable = false,
    data = null,
    origin = '',
    lastEventId = '',
    source = null,
    ports = [],
  ) {
    const state = detailOf(this, MESSAGE);
    requireArguments(arguments.length, 1, 'MessageEvent.initMessageEvent');
    const name = toDOMString(type);
    const from = toUSVString(origin);
    const rest = {
      lastEventId: toDOMString(lastEventId),
      source: noSource(source ?? null),
      ports: toPorts(ports),
    };
    if (!initialise(state, name, bubbles, cancelable)) return;
    state[DATA] = data;
    state[ORIGIN] = from;
    state[REST] = rest;
  }
}

/** https://websockets.spec.whatwg.org/#the-closeevent-interface */
export class CloseEvent extends Event {
  constructor(type, init = undefined) {
    requireArguments(arguments.length, 1, 'CloseEvent constructor');
    super(type, init);
    const dictionary = toDictionary(init, 'the event dictionary');
    const state = stateOf(this);
    state[FLAGS] |= CLOSE;
    state[DETAIL] = {
      code: member(dictionary, 'code', toUnsignedShort, 0),
      reason: member(dictionary, 'reason', toUSVString, ''),
      wasClean: Boolean(dictionary.wasClean),
    };
  }

  get wasClean() {
    return detailOf(this, CLOSE)[DETAIL].wasClean;
  }

  get code() {
    return detailOf(this, CLOSE)[DETAIL].code;
  }

  get reason() {
    return detailOf(this, CLOSE)[DETAIL].reason;
  }
}

/** https://html.spec.whatwg.org/multipage/webappapis.html#errorevent */
export class ErrorEvent extends Event {
  constructor(type, init = undefined) {
    requireArguments(arguments.length, 1, 'ErrorEvent constructor');
    super(type, init);
    const dictionary = toDictionary(init, 'the event dictionary');
    const state = stateOf(this);
    state[FLAGS] |= ERROR;
    state[DETAIL] = {
      colno: member(dictionary, 'colno', toUnsignedLong, 0),
      error: dictionary.error,
      filename: member(dictionary, 'filename', toUSVString, ''),
      lineno: member(dictionary, 'lineno', toUnsignedLong, 0),
      message: member(dictionary, 'message', toDOMString, ''),
    };
  }

  get message() {
    return detailOf(this, ERROR)[DETAIL].message;
  }

  get filename() {
    return detailOf(this, ERROR)[DETAIL].filename;
  }

  get lineno() {
    return detailOf(this, ERROR)[DETAIL].lineno;
  }

  get colno() {
    return detailOf(this, ERROR)[DETAIL].colno;
  }

  get error() {
    return detailOf(this, ERROR)[DETAIL].error;
  }
}

defineInterface(MessageEvent);
defineInterface(CloseEvent);
defineInterface(ErrorEvent);

// What the engine needs to make the event of a message that has one listener, and to read its data without the getter
// above, see `messages.rs`.
const template = messageEvent('', '', 0);
const { get } = getOwnPropertyDescriptor(MessageEvent.prototype, 'data');
const layout = {
  event: template,
  state: stateOf(template),
  flags: FLAGS,
  time: TIME,
  target: TARGET,
  currentTarget: CURRENT_TARGET,
  data: DATA,
  origin: ORIGIN,
  kind: MESSAGE,
  dispatched: DISPATCHED,
  stopped: STOPPED | STOPPED_IMMEDIATELY,
};
defineProperty(MessageEvent.prototype, 'data', { get: native.messageData(layout, get) });
