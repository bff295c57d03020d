// QuotaExceededError. https://webidl.spec.whatwg.org/#quotaexceedederror

import { DOMException } from 'wasock:dom-exception';
import { isFiniteNumber } from 'wasock:primordials';
import { defineInterface, isObject, member, toDictionary } from 'wasock:webidl';

/** `double`. https://webidl.spec.whatwg.org/#js-double */
function toDouble(value) {
  const number = +value;
  if (!isFiniteNumber(number)) throw new TypeError(`${number} is not a finite number`);
  return number;
}

/** The options that make the same exception again; null if a value is none. */
export let quotaOf;

/** More was asked for than there is to have: how much there is, and how much was asked for. */
export class QuotaExceededError extends DOMException {
  #quota;
  #requested;

  constructor(message = '', options = undefined) {
    super(message, 'QuotaExceededError');
    const dictionary = toDictionary(options, 'the options of QuotaExceededError');
    const quota = member(dictionary, 'quota', toDouble, null);
    const requested = member(dictionary, 'requested', toDouble, null);
    if (quota < 0 || requested < 0) {
      throw new RangeError('QuotaExceededError: quota and requested are not negative');
    }
    if (quota !== null && requested !== null && requested < quota) {
      throw new RangeError('QuotaExceededError: what is requested is less than the quota');
    }
    this.#quota = quota;
    this.#requested = requested;
  }

  get quota() {
    return this.#quota;
  }

  get requested() {
    return this.#requested;
  }

  static {
    quotaOf = (value) =>
      isObject(value) && #quota in value
        ? { quota: value.#quota ?? undefined, requested: value.#requested ?? undefined }
        : null;
  }
}

defineInterface(QuotaExceededError);
