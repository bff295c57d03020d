// Keys of the Web Cryptography API. https://w3c.github.io/webcrypto/#cryptokey-interface

import { freeze } from 'wasock:primordials';
import { defineInterface, INTERNAL, isObject, requireInternal } from 'wasock:webidl';

/** The bytes of a key. */
export let keyBytes;
/** Whether a value is a key. */
export let isCryptoKey;

/** A secret key; its bytes are for the operations alone. */
export class CryptoKey {
  #bytes;
  #extractable;
  #algorithm;
  #usages;

  constructor(token = undefined, bytes = undefined, extractable = undefined, description = {}) {
    requireInternal(token);
    this.#bytes = bytes;
    this.#extractable = extractable;
    this.#algorithm = freeze(description.algorithm);
    this.#usages = freeze(description.usages);
  }

  get type() {
    this.#bytes;
    return 'secret';
  }

  get extractable() {
    return this.#extractable;
  }

  get algorithm() {
    return this.#algorithm;
  }

  get usages() {
    return this.#usages;
  }

  static {
    keyBytes = (key) => key.#bytes;
    isCryptoKey = (value) => isObject(value) && #bytes in value;
  }
}

/** A key for an algorithm. */
export const makeKey = (bytes, extractable, algorithm, usages) =>
  new CryptoKey(INTERNAL, bytes, extractable, { algorithm, usages });

defineInterface(CryptoKey);
