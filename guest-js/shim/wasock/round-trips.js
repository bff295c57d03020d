// wasock/round-trips: how long replies take, by the clock of the host.

import { connectionOf, expectQuestions } from 'wasock:connections';
import { toMillis } from 'wasock:duration';
import { GoError } from 'wasock:errors';
import { Event, FLAGS, MESSAGE, stateOf, TARGET, TIME, TRUSTED } from 'wasock:event';
import { native } from 'wasock:native';
import { keys } from 'wasock:primordials';
import { toTags } from 'wasock:tags';
import { inInit } from 'wasock:turn';

const { String: toStringValue } = globalThis;

/** The flags of an event for a message that a socket has received. */
const RECEIVED = MESSAGE | TRUSTED;

const OPTIONS = ['metric', 'tags', 'timeout'];

function readOptions(options) {
  if (options === undefined || options === null) return {};
  const unknown = keys(options).find((name) => !OPTIONS.includes(name));
  if (unknown !== undefined) {
    throw new GoError(`unknown option of RoundTrips '${unknown}'; there are ${OPTIONS.join(', ')}`);
  }
  const { metric, tags, timeout } = options;
  const millis = timeout === undefined ? undefined : toMillis(timeout);
  if (Number.isNaN(millis)) {
    throw new GoError(
      `invalid option timeout of RoundTrips: '${toStringValue(timeout)}' is neither a number of milliseconds nor a duration such as '10s'`,
    );
  }
  return { metric, tags: toTags(tags), timeout: millis };
}

/** A key as text: 1 and '1' are the same, since replies often write numbers as text. */
function toKey(key) {
  if (key === undefined || typeof key === 'string') return key;
  if (typeof key === 'number' || typeof key === 'bigint') return toStringValue(key);
  throw new TypeError(`RoundTrips: a key is a string or a number, not ${typeof key}`);
}

/** The array of a message event that the shim has made; throws if the value is none. */
function messageState(value) {
  const state = stateOf(value);
  if ((state[FLAGS] & RECEIVED) === RECEIVED) return state;
  throw new TypeError('RoundTrips.received: this event is no message of a socket');
}

/**
 * Measures how long replies take: from the moment the host wrote a message to the moment it had
 * read the reply, whatever the script was doing meanwhile. The times go to the trend `metric`
 * (`ws_rtt`), messages without a reply to the counter of that name with `_lost` behind it.
 */
export class RoundTrips {
  #kind;

  constructor(options = undefined) {
    const { metric, tags, timeout } = readOptions(options);
    if (!inInit()) throw new GoError('RoundTrips must be made in the init context');
    expectQuestions();
    try {
      this.#kind = native.declareRoundTrips(metric, tags, timeout);
    } catch (error) {
      throw new GoError(error.message);
    }
  }

  /**
   * Says that the message which `socket` has sent last gets a reply, known by `key`. Replies with
   * the same key, or without one, are taken to come in the order of their messages. Returns whether
   * there is a reply to wait for: not if the connection has ended.
   */
  sent(socket, key = undefined) {
    const connection = connectionOf(socket);
    if (connection === undefined) {
      throw new TypeError('RoundTrips.sent: the first argument is not a socket');
    }
    const text = toKey(key);
    if (!connection.isOpen()) return false;
    try {
      return native.roundTripSent(connection.id, this.#kind, text);
    } catch (error) {
      throw new GoError(error.message);
    }
  }

  /**
   * Says that a message, given by its event or by the socket that is handling it, is the reply known
   * by `key`. Returns how long the round trip took, in milliseconds; undefined if no message waits
   * for this reply.
   */
  received(source, key = undefined) {
    if (source instanceof Event) {
      const state = messageState(source);
      const { id } = connectionOf(state[TARGET]);
      return native.roundTripReceived(id, this.#kind, toKey(key), state[TIME]);
    }
    const connection = connectionOf(source);
    if (connection === undefined) {
      throw new TypeError(
        'RoundTrips.received: the first argument is neither a message event nor a socket',
      );
    }
    const { id } = connection;
    return native.roundTripReceived(id, this.#kind, toKey(key), native.messageTime(id));
  }
}

export default { RoundTrips };
