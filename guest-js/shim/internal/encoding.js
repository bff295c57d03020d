// TextEncoder, and TextDecoder for UTF-8 and UTF-16. https://encoding.spec.whatwg.org/

import { native } from 'wasock:native';
import { typedArrayName, viewedBytes } from 'wasock:primordials';
import {
  defineInterface,
  requireArguments,
  toBufferSource,
  toDictionary,
  toDOMString,
  toUSVString,
} from 'wasock:webidl';

/** https://encoding.spec.whatwg.org/#names-and-labels */
const LABELS = {
  'utf-8': [
    'unicode-1-1-utf-8',
    'unicode11utf8',
    'unicode20utf8',
    'utf-8',
    'utf8',
    'x-unicode20utf8',
  ],
  'utf-16be': ['unicodefffe', 'utf-16be'],
  'utf-16le': [
    'csunicode',
    'iso-10646-ucs-2',
    'ucs-2',
    'unicode',
    'unicodefeff',
    'utf-16',
    'utf-16le',
  ],
};

const BYTE_ORDER_MARK = 0xfeff;

/** The UTF-8 bytes of a string, lone surrogates replaced. */
export const utf8Bytes = (text) => new Uint8Array(native.encodeUtf8(text));

/** The text of UTF-8 bytes, errors replaced. */
export const utf8Text = (buffer, offset, length) =>
  native.decodeUtf8(buffer, offset, length, false);

/** How many bytes a code point takes in UTF-8. */
function utf8Length(codePoint) {
  if (codePoint < 0x80) return 1;
  if (codePoint < 0x800) return 2;
  return codePoint < 0x1_0000 ? 3 : 4;
}

/** https://encoding.spec.whatwg.org/#interface-textencoder */
export class TextEncoder {
  #brand;

  get encoding() {
    this.#brand;
    return 'utf-8';
  }

  encode(input = '') {
    this.#brand;
    return utf8Bytes(toDOMString(input));
  }

  encodeInto(source, destination) {
    this.#brand;
    requireArguments(arguments.length, 2, 'TextEncoder.encodeInto');
    const text = toUSVString(source);
    if (typedArrayName(destination) !== 'Uint8Array') {
      throw new TypeError('TextEncoder.encodeInto: the destination is not a Uint8Array');
    }
    const { buffer, offset, length } = viewedBytes(destination);
    let read = 0;
    let written = 0;
    while (read < text.length) {
      const codePoint = text.codePointAt(read);
      const needed = utf8Length(codePoint);
      if (written + needed > length) break;
      written += needed;
      read += codePoint > 0xffff ? 2 : 1;
    }
    if (written > 0) {
      new Uint8Array(buffer, offset, written).set(utf8Bytes(text.slice(0, read)));
    }
    return { read, written };
  }
}

/** How many bytes at the end of UTF-8 begin a character that is not complete. */
function incompleteUtf8(bytes) {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back];
    if ((byte & 0xc0) === 0x80) continue;
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return needed > back && startsCharacter(bytes.subarray(bytes.length - back)) ? back : 0;
  }
  return 0;
}

/** How many bytes at the end of UTF-16 begin a character that is not complete. */
function incompleteUtf16(bytes, bigEndian) {
  const odd = bytes.length % 2;
  const last = bytes.length - odd - (bigEndian ? 2 : 1);
  // A high surrogate waits for the low one.
  return last >= 0 && (bytes[last] & 0xfc) === 0xd8 ? 2 + odd : odd;
}

const incomplete = {
  'utf-8': incompleteUtf8,
  'utf-16le': (bytes) => incompleteUtf16(bytes, false),
  'utf-16be': (bytes) => incompleteUtf16(bytes, true),
};

/** Whether bytes can be the beginning of a well-formed character. */
function startsCharacter([lead, second]) {
  if (lead < 0xc2 || lead > 0xf4) return false;
  if (second === undefined) return true;
  if (lead === 0xe0) return second >= 0xa0;
  if (lead === 0xed) return second <= 0x9f;
  if (lead === 0xf0) return second >= 0x90;
  return lead !== 0xf4 || second <= 0x8f;
}

/** https://encoding.spec.whatwg.org/#concept-encoding-get */
function toEncoding(label) {
  const text = toDOMString(label);
  const name = text.replace(/^[\t\n\f\r ]+|[\t\n\f\r ]+$/g, '').replace(/[A-Z]/g, toLower);
  const found = Object.keys(LABELS).find((encoding) => LABELS[encoding].includes(name));
  if (found !== undefined) return found;
  throw new RangeError(
    `TextDecoder: the encoding '${text}' is not supported, only UTF-8 and UTF-16 are`,
  );
}

const toLower = (letter) => letter.toLowerCase();

const isShared = (buffer) => buffer instanceof SharedArrayBuffer;

/** The bytes of an `AllowSharedBufferSource`; those of a shared buffer are copied. */
function toBytes(input) {
  if (input === undefined) return toBufferSource(new ArrayBuffer(0));
  const viewed = viewedBytes(isShared(input) ? new Uint8Array(input) : input);
  if (viewed === null) {
    throw new TypeError('TextDecoder.decode: the argument is neither a buffer nor a view of one');
  }
  if (!isShared(viewed.buffer)) return toBufferSource(input);
  const copy = new Uint8Array(viewed.buffer, viewed.offset, viewed.length).slice();
  return { buffer: copy.buffer, offset: 0, length: copy.length };
}

/** https://encoding.spec.whatwg.org/#interface-textdecoder */
export class TextDecoder {
  #encoding;
  #fatal;
  #ignoreBOM;
  /** Bytes of an incomplete character that the last chunk ended with. */
  #pending = new Uint8Array(0);
  #bomSeen = false;
  #doNotFlush = false;

  constructor(label = 'utf-8', options = {}) {
    this.#encoding = toEncoding(label);
    const { fatal, ignoreBOM } = toDictionary(options, 'the options of TextDecoder');
    this.#fatal = Boolean(fatal);
    this.#ignoreBOM = Boolean(ignoreBOM);
  }

  get encoding() {
    return this.#encoding;
  }

  get fatal() {
    return this.#fatal;
  }

  get ignoreBOM() {
    return this.#ignoreBOM;
  }

  decode(input = undefined, options = {}) {
    this.#encoding;
    const given = toBytes(input);
    const stream = Boolean(toDictionary(options, 'the options of TextDecoder.decode').stream);
    if (!this.#doNotFlush) {
      this.#pending = new Uint8Array(0);
      this.#bomSeen = false;
    }
    this.#doNotFlush = stream;
    const text = this.#toText(this.#take(given, stream));
    if (text === null || text === undefined) {
      throw new TypeError(`TextDecoder.decode: the bytes are not ${this.#encoding.toUpperCase()}`);
    }
    return this.#withoutMark(text);
  }

  #toText({ buffer, offset, length }) {
    const encoding = this.#encoding;
    if (encoding === 'utf-8') return native.decodeUtf8(buffer, offset, length, this.#fatal);
    return native.decodeUtf16(buffer, offset, length, this.#fatal, encoding === 'utf-16be');
  }

  /** The bytes to decode now; what a stream must wait with is kept back. */
  #take({ buffer, offset, length }, stream) {
    if (this.#pending.length === 0 && !stream) return { buffer, offset, length };
    const bytes = new Uint8Array(this.#pending.length + length);
    bytes.set(this.#pending);
    bytes.set(new Uint8Array(buffer, offset, length), this.#pending.length);
    const kept = stream ? incomplete[this.#encoding](bytes) : 0;
    this.#pending = bytes.slice(bytes.length - kept);
    return { buffer: bytes.buffer, offset: 0, length: bytes.length - kept };
  }

  #withoutMark(text) {
    if (this.#bomSeen || text.length === 0) return text;
    this.#bomSeen = true;
    return !this.#ignoreBOM && text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text;
  }
}

defineInterface(TextEncoder);
defineInterface(TextDecoder);
