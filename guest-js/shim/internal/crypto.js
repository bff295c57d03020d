// Random values. https://w3c.github.io/webcrypto/#Crypto-interface

import { DOMException } from 'wasock:dom-exception';
import { native } from 'wasock:native';
import { isView, typedArrayName } from 'wasock:primordials';
import { QuotaExceededError } from 'wasock:quota-exceeded-error';
import { subtle } from 'wasock:subtle';
import {
  defineInterface,
  INTERNAL,
  requireArguments,
  requireInternal,
  toBufferSource,
} from 'wasock:webidl';

/** The standard's limit for one call, in bytes. */
const QUOTA = 65_536;

const INTEGER_ARRAYS = [
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'BigInt64Array',
  'BigUint64Array',
];

const hex = (byte) => byte.toString(16).padStart(2, '0');

/** https://w3c.github.io/webcrypto/#Crypto-interface */
export class Crypto {
  #brand;

  constructor(token = undefined) {
    requireInternal(token);
  }

  get subtle() {
    this.#brand;
    return subtle;
  }

  getRandomValues(array) {
    this.#brand;
    requireArguments(arguments.length, 1, 'Crypto.getRandomValues');
    if (!isView(array)) {
      throw new TypeError('Crypto.getRandomValues: the argument is not an ArrayBufferView');
    }
    const { buffer, offset, length } = toBufferSource(array);
    if (!INTEGER_ARRAYS.includes(typedArrayName(array))) {
      throw new DOMException('The array does not hold integers', 'TypeMismatchError');
    }
    if (length > QUOTA) {
      throw new QuotaExceededError(
        `The array has ${length} bytes, more than the ${QUOTA} of one call`,
        { quota: QUOTA, requested: length },
      );
    }
    // A detached buffer has no bytes to fill.
    if (length > 0) {
      new Uint8Array(buffer, offset, length).set(new Uint8Array(native.randomBytes(length)));
    }
    return array;
  }

  /** A UUID of version 4 (RFC 9562, section 5.4). */
  randomUUID() {
    this.#brand;
    const bytes = new Uint8Array(native.randomBytes(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const digits = Array.from(bytes, hex).join('');
    return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  }
}

defineInterface(Crypto);

export const crypto = new Crypto(INTERNAL);
