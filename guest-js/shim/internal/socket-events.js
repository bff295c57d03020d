// The kinds of events that sockets fire, and ErrorEvent.

import {
  CLOSE,
  DETAIL,
  detailOf,
  ERROR,
  Event,
  FLAGS,
  MESSAGE,
  OCCURRED,
  stateOf,
  TRUSTED,
} from 'wasock:event';
import { freeze } from 'wasock:primordials';
import {
  defineInterface,
  toDictionary,
  toDOMString,
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
  new MessageEvent(['message', TRUSTED | MESSAGE, at, null, null, data, origin, NO_REST], OCCURRED);

/** A trusted close event; `close` is `{wasClean, code, reason}`. */
export const closeEvent = (close, at) =>
  new CloseEvent(['close', TRUSTED | CLOSE, at, null, null, close], OCCURRED);

/** https://html.spec.whatwg.org/multipage/comms.html#messageevent */
export class MessageEvent extends Event {
  constructor(type, init = undefined) {
    super(type, init);
    if (init === OCCURRED) return;
    const { data, origin, lastEventId, source, ports } = toDictionary(init, 'the event dictionary');
    const state = stateOf(this);
    state[FLAGS] |= MESSAGE;
    state[DATA] = data === undefined ? null : data;
    state[ORIGIN] = toUSVString(origin ?? '');
    state[REST] = {
      lastEventId: toDOMString(lastEventId ?? ''),
      source: source ?? null,
      ports: freeze([...(ports ?? [])]),
    };
  }

  get data() {
    // As detailOf, without the call: every handler reads it.
    const state = stateOf(this);
    if ((state[FLAGS] & MESSAGE) === 0) throw new TypeError('Illegal invocation');
    return state[DATA];
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
}

/** https://websockets.spec.whatwg.org/#the-closeevent-interface */
export class CloseEvent extends Event {
  constructor(type, init = undefined) {
    super(type, init);
    if (init === OCCURRED) return;
    const { wasClean, code, reason } = toDictionary(init, 'the event dictionary');
    const state = stateOf(this);
    state[FLAGS] |= CLOSE;
    state[DETAIL] = {
      wasClean: Boolean(wasClean),
      code: toUnsignedShort(code ?? 0),
      reason: toUSVString(reason ?? ''),
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
    super(type, init);
    const dictionary = toDictionary(init, 'the event dictionary');
    const state = stateOf(this);
    state[FLAGS] |= ERROR;
    state[DETAIL] = {
      message: toDOMString(dictionary.message ?? ''),
      filename: toUSVString(dictionary.filename ?? ''),
      lineno: dictionary.lineno >>> 0,
      colno: dictionary.colno >>> 0,
      error: dictionary.error,
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
