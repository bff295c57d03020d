// Blob. https://w3c.github.io/FileAPI/#blob-section

import { native } from 'wasock:native';
import { defineProperty, rejectedPromise, resolvedPromise, viewedBytes } from 'wasock:primordials';
import { defineInterface, toDictionary, toDOMString, toInteger, toUSVString } from 'wasock:webidl';

/** The bytes of a blob, as a Uint8Array that must not be changed; null for other values. */
export let blobBytes;
/** Makes a blob of a buffer, which it takes over. */
export let blobFromBuffer;

const NO_BYTES = new Uint8Array(0);
const TYPE = /^[\x20-\x7e]*$/;

/** https://w3c.github.io/FileAPI/#process-blob-parts, for one part. */
function partBytes(part) {
  const viewed = viewedBytes(part);
  if (viewed !== null) return new Uint8Array(viewed.buffer, viewed.offset, viewed.length);
  return blobBytes(part) ?? new Uint8Array(native.encodeUtf8(toUSVString(part)));
}

function joined(parts) {
  const pieces = parts.map(partBytes);
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const piece of pieces) {
    bytes.set(piece, offset);
    offset += piece.length;
  }
  return bytes;
}

function withNativeLines(parts, endings) {
  if (endings !== 'native') return parts;
  return parts.map((part) => (typeof part === 'string' ? part.replace(/\r\n?/g, '\n') : part));
}

function toType(value) {
  const type = toDOMString(value);
  return TYPE.test(type) ? type.toLowerCase() : '';
}

/** https://w3c.github.io/FileAPI/#slice-blob: a negative place counts from the end. */
function toPlace(value, size, missing) {
  if (value === undefined) return missing;
  const place = toInteger(value);
  return place < 0 ? Math.max(size + place, 0) : Math.min(place, size);
}

/** Bytes that do not change, with a type. */
export class Blob {
  #bytes;
  #type;

  constructor(blobParts = undefined, options = {}) {
    if (blobParts === undefined) {
      this.#bytes = NO_BYTES;
      this.#type =
        arguments.length < 2 ? '' : toType(toDictionary(options, '[options]').type ?? '');
      return;
    }
    if (typeof blobParts !== 'object' || blobParts === null || !(Symbol.iterator in blobParts)) {
      throw new TypeError('Blob: the parts are not a sequence');
    }
    const { type = '', endings = 'transparent' } = toDictionary(options, '[options]');
    const ending = toDOMString(endings);
    if (ending !== 'transparent' && ending !== 'native') {
      throw new TypeError(`Blob: '${ending}' is not a kind of line ending`);
    }
    this.#bytes = joined(withNativeLines([...blobParts], ending));
    this.#type = toType(type);
  }

  get size() {
    return this.#bytes.length;
  }

  get type() {
    return this.#type;
  }

  slice(start = undefined, end = undefined, contentType = '') {
    const { size } = this;
    const from = toPlace(start, size, 0);
    const to = toPlace(end, size, size);
    const result = new Blob();
    // The bytes never change, so a part can share them.
    result.#bytes = this.#bytes.subarray(from, Math.max(from, to));
    result.#type = toType(contentType);
    return result;
  }

  async text() {
    const bytes = this.#bytes;
    const text = native.decodeUtf8(bytes.buffer, bytes.byteOffset, bytes.length, false);
    return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  }

  async arrayBuffer() {
    return this.#bytes.slice().buffer;
  }

  async bytes() {
    return this.#bytes.slice();
  }

  stream() {
    return new BlobStream(this.#bytes);
  }

  static {
    blobBytes = (value) =>
      typeof value === 'object' && value !== null && #bytes in value ? value.#bytes : null;
    blobFromBuffer = (buffer) => {
      const blob = new Blob();
      blob.#bytes = new Uint8Array(buffer);
      return blob;
    };
  }
}

/** As much of a ReadableStream as a blob needs: one reader, one chunk. https://streams.spec.whatwg.org/ */
class BlobStream {
  #chunk;
  #locked = false;

  constructor(bytes) {
    this.#chunk = bytes.length === 0 ? null : bytes;
  }

  get locked() {
    return this.#locked;
  }

  getReader() {
    if (this.#locked) throw new TypeError('ReadableStream.getReader: the stream is locked');
    this.#locked = true;
    return new BlobReader(
      () => this.#take(),
      () => {
        this.#locked = false;
      },
    );
  }

  cancel() {
    if (this.#locked)
      return rejectedPromise(new TypeError('ReadableStream.cancel: the stream is locked'));
    this.#chunk = null;
    return resolvedPromise(undefined);
  }

  async *[Symbol.asyncIterator]() {
    const reader = this.getReader();
    for (let step = await reader.read(); !step.done; step = await reader.read()) yield step.value;
  }

  #take() {
    const chunk = this.#chunk;
    this.#chunk = null;
    return chunk === null
      ? { value: undefined, done: true }
      : { value: chunk.slice(), done: false };
  }
}

/** https://streams.spec.whatwg.org/#default-reader-class */
class BlobReader {
  #take;
  #release;

  constructor(take, release) {
    this.#take = take;
    this.#release = release;
  }

  async read() {
    if (this.#take === null)
      throw new TypeError('ReadableStreamDefaultReader.read: the lock is released');
    return this.#take();
  }

  async cancel() {
    if (this.#take !== null) this.#take();
  }

  releaseLock() {
    if (this.#release !== null) this.#release();
    this.#take = null;
    this.#release = null;
  }
}

defineInterface(Blob);
defineProperty(BlobStream.prototype, Symbol.toStringTag, {
  value: 'ReadableStream',
  configurable: true,
});
