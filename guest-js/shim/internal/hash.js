// Hashes and HMAC, as far as k6/crypto and the Web Cryptography API share them.

import { native } from 'wasock:native';

/** A hash by k6's name for its function, with a key for HMAC or without; null if there is none. */
export const startHash = (name, key = undefined) => native.newHash(name, key) ?? null;

/** Adds the bytes of `{buffer, offset, length}`. */
export const updateHash = (hash, { buffer, offset, length }) =>
  native.updateHash(hash, buffer, offset, length);

/** The digest of all bytes so far, an ArrayBuffer. */
export const digestHash = (hash) => native.digestHash(hash);

/** A copy of the bytes of `{buffer, offset, length}`, an ArrayBuffer. */
export const copyBytes = ({ buffer, offset, length }) => buffer.slice(offset, offset + length);
