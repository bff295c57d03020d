// Which statuses of HTTP a script expects.

import { GoError } from 'wasock:errors';
import { isInteger, max as largest, min as smallest } from 'wasock:primordials';

/** What `http.expectedStatuses` returns. */
class ExpectedStatuses {
  #ranges;

  constructor(ranges) {
    this.#ranges = ranges;
  }

  static rangesOf(value) {
    const isOne = typeof value === 'object' && value !== null && #ranges in value;
    return isOne ? value.#ranges : null;
  }
}

/** The host's statuses have 16 bits. */
const toStatus = (value) => smallest(largest(value, 0), 0xffff);

function rangeOf(value, index) {
  if (isInteger(value)) return [toStatus(value), toStatus(value)];
  const { min, max } = value ?? {};
  if (isInteger(min) && isInteger(max)) return [toStatus(min), toStatus(max)];
  throw new GoError(
    `argument number ${index + 1} to expectedStatuses was neither an integer nor an object like {min:100, max:329}`,
  );
}

/** Statuses, or ranges of them, that are no failures. */
export function expectedStatuses(...statuses) {
  if (statuses.length === 0) throw new GoError('no arguments');
  return new ExpectedStatuses(statuses.map(rangeOf));
}

const DEFAULT = [[200, 399]];
let current = DEFAULT;

/** What a script gives as `responseCallback`, as ranges; undefined if nothing is a failure. */
export function readExpected(value) {
  if (value === null) return undefined;
  const ranges = ExpectedStatuses.rangesOf(value);
  if (ranges !== null) return ranges;
  throw new GoError(
    'unsupported responseCallback: it takes what http.expectedStatuses() returns, or null',
  );
}

/** What requests expect that do not say. */
export const defaultExpected = () => current;

/** Sets what requests of this virtual user expect that do not say; null for nothing. */
export function setResponseCallback(callback) {
  current = readExpected(callback ?? null);
}
