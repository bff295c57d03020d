// Digests and HMAC of the Web Cryptography API; its other algorithms are not here.
// https://w3c.github.io/webcrypto/#subtlecrypto-interface

import { ALPHABETS, decode, encode } from 'wasock:base64';
import { isCryptoKey, keyBytes, makeKey } from 'wasock:crypto-key';
import { DOMException } from 'wasock:dom-exception';
import { copyBytes, digestHash, startHash, updateHash } from 'wasock:hash';
import { native } from 'wasock:native';
import {
  defineInterface,
  INTERNAL,
  isObject,
  requireArguments,
  requireInternal,
  toBufferSource,
  toDOMString,
  toSequence,
} from 'wasock:webidl';

/** The names of the hashes, those that k6/crypto has for them, their blocks in bits, and what a JSON Web Key names. */
const HASHES = {
  __proto__: null,
  'SHA-1': { name: 'sha1', block: 512, jwk: 'HS1' },
  'SHA-256': { name: 'sha256', block: 512, jwk: 'HS256' },
  'SHA-384': { name: 'sha384', block: 1024, jwk: 'HS384' },
  'SHA-512': { name: 'sha512', block: 1024, jwk: 'HS512' },
};

const USAGES = [
  'encrypt',
  'decrypt',
  'sign',
  'verify',
  'deriveKey',
  'deriveBits',
  'wrapKey',
  'unwrapKey',
];

const notSupported = (what) => new DOMException(`${what} is not supported`, 'NotSupportedError');

/** The name of an algorithm, in upper case. https://w3c.github.io/webcrypto/#algorithm-normalization */
function algorithmName(algorithm) {
  const name = isObject(algorithm) ? algorithm.name : algorithm;
  if (name === undefined) throw new TypeError('the algorithm has no name');
  return toDOMString(name).toUpperCase();
}

function hashName(algorithm) {
  const name = algorithmName(algorithm);
  if (HASHES[name] === undefined) throw notSupported(`the hash '${name}'`);
  return name;
}

function requireHmac(algorithm) {
  const name = algorithmName(algorithm);
  if (name !== 'HMAC') throw notSupported(`the algorithm '${name}'`);
}

/** A copy of the bytes of a `BufferSource`. */
function bytesOf(data) {
  const source = toBufferSource(data);
  if (source === null) throw new TypeError('the data is neither a buffer nor a view of one');
  return copyBytes(source);
}

function compute(hash, key, data) {
  const state = startHash(HASHES[hash].name, key);
  updateHash(state, { buffer: data, offset: 0, length: data.byteLength });
  return digestHash(state);
}

function toUsages(value) {
  const usages = toSequence(value, toDOMString, 'the list of usages');
  for (const usage of usages) {
    if (!USAGES.includes(usage)) throw new TypeError(`'${usage}' is no usage of a key`);
  }
  if (usages.length === 0 || usages.some((usage) => usage !== 'sign' && usage !== 'verify')) {
    throw new DOMException("the usages of an HMAC key are 'sign' and 'verify'", 'SyntaxError');
  }
  return ['sign', 'verify'].filter((usage) => usages.includes(usage));
}

const dataError = (text) => new DOMException(text, 'DataError');

function bytesOfJwk(jwk, hash) {
  if (!isObject(jwk)) throw new TypeError('the key data is not a JSON Web Key');
  if (jwk.kty !== 'oct') throw dataError("the 'kty' of the JSON Web Key is not 'oct'");
  if (jwk.alg !== undefined && jwk.alg !== HASHES[hash].jwk) {
    throw dataError(`the 'alg' of the JSON Web Key is not '${HASHES[hash].jwk}'`);
  }
  const bytes = decode(toDOMString(jwk.k), ALPHABETS.url);
  if (typeof bytes === 'number') throw dataError("the 'k' of the JSON Web Key is not base64url");
  return bytes.buffer;
}

/** https://w3c.github.io/webcrypto/#hmac-operations, "Import Key" */
function importHmac(format, data, algorithm, extractable, usages) {
  const allowed = toUsages(usages);
  const hash = hashName(algorithm.hash);
  if (format !== 'raw' && format !== 'jwk') throw notSupported(`the format '${format}'`);
  const bytes = format === 'raw' ? bytesOf(data) : bytesOfJwk(data, hash);
  const bits = bytes.byteLength * 8;
  const length = algorithm.length === undefined ? bits : +algorithm.length;
  if (bits === 0 || length > bits || length <= bits - 8) {
    throw dataError(`a key of ${bits} bits cannot have the length ${length}`);
  }
  return makeKey(bytes, extractable, { name: 'HMAC', hash: { name: hash }, length }, allowed);
}

function requireKey(key, usage) {
  if (!isCryptoKey(key)) throw new TypeError('the key is not a CryptoKey');
  if (!key.usages.includes(usage)) {
    throw new DOMException(`the key is not for '${usage}'`, 'InvalidAccessError');
  }
}

function signature(key, data) {
  return compute(key.algorithm.hash.name, keyBytes(key), data);
}

/** Whether two lists of bytes are equal, in a time that does not depend on where they differ. */
function equalBytes(one, other) {
  const [a, b] = [new Uint8Array(one), new Uint8Array(other)];
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i] ^ b[i];
  return difference === 0;
}

/** https://w3c.github.io/webcrypto/#SubtleCrypto-interface; each operation rejects what is wrong. */
export class SubtleCrypto {
  #brand;

  constructor(token = undefined) {
    requireInternal(token);
  }

  async digest(algorithm, data) {
    this.#brand;
    requireArguments(arguments.length, 2, 'SubtleCrypto.digest');
    return compute(hashName(algorithm), undefined, bytesOf(data));
  }

  async generateKey(algorithm, extractable, keyUsages) {
    this.#brand;
    requireArguments(arguments.length, 3, 'SubtleCrypto.generateKey');
    requireHmac(algorithm);
    const hash = hashName(algorithm.hash);
    const usages = toUsages(keyUsages);
    const length = algorithm.length === undefined ? HASHES[hash].block : +algorithm.length;
    if (!(length > 0) || length % 8 !== 0) {
      throw new DOMException(`a key cannot have ${length} bits`, 'OperationError');
    }
    const bytes = native.randomBytes(length / 8);
    const description = { name: 'HMAC', hash: { name: hash }, length };
    return makeKey(bytes, Boolean(extractable), description, usages);
  }

  async importKey(format, keyData, algorithm, extractable, keyUsages) {
    this.#brand;
    requireArguments(arguments.length, 5, 'SubtleCrypto.importKey');
    requireHmac(algorithm);
    return importHmac(toDOMString(format), keyData, algorithm, Boolean(extractable), keyUsages);
  }

  async exportKey(format, key) {
    this.#brand;
    requireArguments(arguments.length, 2, 'SubtleCrypto.exportKey');
    if (!isCryptoKey(key)) throw new TypeError('the key is not a CryptoKey');
    if (!key.extractable) {
      throw new DOMException('the key is not extractable', 'InvalidAccessError');
    }
    const bytes = keyBytes(key).slice(0);
    switch (toDOMString(format)) {
      case 'raw':
        return bytes;
      case 'jwk':
        return {
          kty: 'oct',
          k: encode(new Uint8Array(bytes), ALPHABETS.url, false),
          alg: HASHES[key.algorithm.hash.name].jwk,
          key_ops: [...key.usages],
          ext: true,
        };
      default:
        throw notSupported(`the format '${format}'`);
    }
  }

  async sign(algorithm, key, data) {
    this.#brand;
    requireArguments(arguments.length, 3, 'SubtleCrypto.sign');
    requireHmac(algorithm);
    const bytes = bytesOf(data);
    requireKey(key, 'sign');
    return signature(key, bytes);
  }

  async verify(algorithm, key, signed, data) {
    this.#brand;
    requireArguments(arguments.length, 4, 'SubtleCrypto.verify');
    requireHmac(algorithm);
    const [given, bytes] = [bytesOf(signed), bytesOf(data)];
    requireKey(key, 'verify');
    return equalBytes(signature(key, bytes), given);
  }
}

defineInterface(SubtleCrypto);

export const subtle = new SubtleCrypto(INTERNAL);
