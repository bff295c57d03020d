// Blob. https://w3c.github.io/FileAPI/#blob-section

import { native } from 'wasock:native';
import { defineProperty, rejectedPromise, resolvedPromise } from 'wasock:primordials';
import {
  defineInterface,
  isObject,
  member,
  toBufferSource,
  toClampedLongLong,
  toDictionary,
  toDOMString,
  toSequence,
  toUSVString,
} from 'wasock:webidl';

/** The bytes of a blob, as a Uint8Array that must not be changed; null for other values. */
export let blobBytes;
/** Makes a blob of a buffer, which it takes over. */
export let blobFromBuffer;

const NO_BYTES = new Uint8Array(0);
const TYPE = /^[\x20-\x7e]*$/;

/** A part of a blob: its bytes, or a text whose line endings are not yet decided. */
function toPart(value) {
  const source = toBufferSource(value);
  if (source !== null) return new Uint8Array(source.buffer, source.offset, source.length);
  return blobBytes(value) ?? toUSVString(value);
}

/** https://w3c.github.io/FileAPI/#process-blob-parts */
function joined(parts, endings) {
  const pieces = parts.map((part) => {
    if (typeof part !== 'string') return part;
    const text = endings === 'native' ? part.replace(/\r\n?/g, '\n') : part;
    return new Uint8Array(native.encodeUtf8(text));
  });
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const piece of pieces) {
    bytes.set(piece, offset);
    offset += piece.length;
  }
  return bytes;
}

function toEndings(value) {
  const endings = toDOMString(value);
  if (endings === 'transparent' || endings === 'native') return endings;
  throw new TypeError(`Blob: '${endings}' is not a kind of line ending`);
}

function toType(value) {
  const type = toDOMString(value);
  return TYPE.test(type) ? type.toLowerCase() : '';
}

/** https://w3c.github.io/FileAPI/#slice-blob: a negative place counts from the end. */
function toPlace(value, size, missing) {
  if (value === undefined) return missing;
  const place = toClampedLongLong(value);
  return place < 0 ? Math.max(size + place, 0) : Math.min(place, size);
}

/** Bytes that do not change, with a type. */
export class Blob {
  #bytes;
  #type;

  constructor(blobParts = undefined, options = undefined) {
    if (blobParts === undefined && options === undefined) {
      // The shim makes its blobs by this way too.
      this.#bytes = NO_BYTES;
      this.#type = '';
      return;
    }
    const parts =
      blobParts === undefined ? [] : toSequence(blobParts, toPart, 'Blob: the argument');
    const dictionary = toDictionary(options, 'the options of Blob');
    const endings = member(dictionary, 'endings', toEndings, 'transparent');
    this.#type = member(dictionary, 'type', toType, '');
    this.#bytes = parts.length === 0 ? NO_BYTES : joined(parts, endings);
  }

  get size() {
    return this.#bytes.length;
  }

  get type() {
    return this.#type;
  }

  slice(start = undefined, end = undefined, contentType = '') {
    const size = this.#bytes.length;
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
    blobBytes = (value) => (isObject(value) && #bytes in value ? value.#bytes : null);
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
