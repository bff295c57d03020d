// k6/crypto: hashes, HMAC and random bytes.

import { ALPHABETS, encode } from 'wasock:base64';
import { GoError } from 'wasock:errors';
import { copyBytes, digestHash, startHash, updateHash } from 'wasock:hash';
import { native } from 'wasock:native';
import { isInteger, viewedBytes } from 'wasock:primordials';

/** The most random bytes of one call: a virtual user's memory is no place for more. */
const MAX_RANDOM_BYTES = 16 << 20;

const toHex = (bytes) => {
  let text = '';
  for (let i = 0; i < bytes.length; i++) text += (bytes[i] < 16 ? '0' : '') + bytes[i].toString(16);
  return text;
};

/** How a digest is given out. */
const OUTPUTS = {
  __proto__: null,
  hex: toHex,
  base64: (bytes) => encode(bytes, ALPHABETS.standard, true),
  base64url: (bytes) => encode(bytes, ALPHABETS.url, true),
  base64rawurl: (bytes) => encode(bytes, ALPHABETS.url, false),
  binary: (bytes) => bytes.buffer,
};

/** The bytes of a string in UTF-8, of a buffer or of a view of one. */
function inputBytes(input) {
  if (typeof input === 'string') {
    const buffer = native.encodeUtf8(input);
    return { buffer, offset: 0, length: buffer.byteLength };
  }
  const viewed = viewedBytes(input);
  if (viewed !== null) return viewed;
  const type = input === null ? 'null' : typeof input;
  throw new GoError(`invalid type ${type}, expected a string, an ArrayBuffer or a view of one`);
}

function output(digest, encoding) {
  const name = encoding === undefined || encoding === null || encoding === '' ? 'hex' : encoding;
  const format = OUTPUTS[name];
  if (format === undefined) throw new GoError(`invalid output encoding: ${name}`);
  return format(new Uint8Array(digest));
}

function start(algorithm, key) {
  const hash = startHash(algorithm, key);
  if (hash === null) throw new GoError(`invalid algorithm: ${algorithm}`);
  return hash;
}

/** A hash or an HMAC that takes its input in pieces. */
class Hasher {
  #hash;

  constructor(hash) {
    this.#hash = hash;
  }

  /** Adds input. */
  update(input) {
    updateHash(this.#hash, inputBytes(input));
  }

  /** The digest of what has come so far: hex (the default), base64, base64url, base64rawurl, binary. */
  digest(outputEncoding = 'hex') {
    return output(digestHash(this.#hash), outputEncoding);
  }
}

/** A hash that takes its input in pieces. */
export const createHash = (algorithm) => new Hasher(start(algorithm, undefined));

/** An HMAC that takes its input in pieces. */
export const createHMAC = (algorithm, secret) =>
  new Hasher(start(algorithm, copyBytes(inputBytes(secret))));

/** The HMAC of `data`. */
export function hmac(algorithm, secret, data, outputEncoding = 'hex') {
  const hasher = createHMAC(algorithm, secret);
  hasher.update(data);
  return hasher.digest(outputEncoding);
}

const digestBy = (algorithm) =>
  function digest(input, outputEncoding = 'hex') {
    const hasher = createHash(algorithm);
    hasher.update(input);
    return hasher.digest(outputEncoding);
  };

export const md4 = digestBy('md4');
export const md5 = digestBy('md5');
export const sha1 = digestBy('sha1');
export const sha256 = digestBy('sha256');
export const sha384 = digestBy('sha384');
export const sha512 = digestBy('sha512');
export const sha512_224 = digestBy('sha512_224');
export const sha512_256 = digestBy('sha512_256');
export const ripemd160 = digestBy('ripemd160');

/** Bytes in hexadecimal. */
export function hexEncode(input) {
  const { buffer, offset, length } = inputBytes(input);
  return toHex(new Uint8Array(buffer, offset, length));
}

/** Random bytes of cryptographic quality. */
export function randomBytes(size) {
  if (!isInteger(size) || size < 1) throw new GoError('invalid size');
  if (size > MAX_RANDOM_BYTES) {
    throw new GoError(`invalid size: ${size}; at most ${MAX_RANDOM_BYTES} bytes at once`);
  }
  return native.randomBytes(size);
}

export default {
  createHash,
  createHMAC,
  hexEncode,
  hmac,
  md4,
  md5,
  randomBytes,
  ripemd160,
  sha1,
  sha256,
  sha384,
  sha512,
  sha512_224,
  sha512_256,
};
