// TextEncoder and TextDecoder for UTF-8. https://encoding.spec.whatwg.org/

import { native } from 'wasock:native';
import { viewedBytes } from 'wasock:primordials';
import {
  defineInterface,
  requireArguments,
  toDictionary,
  toDOMString,
  toUSVString,
} from 'wasock:webidl';

/** https://encoding.spec.whatwg.org/#names-and-labels */
const UTF8_LABELS = [
  'unicode-1-1-utf-8',
  'unicode11utf8',
  'unicode20utf8',
  'utf-8',
  'utf8',
  'x-unicode20utf8',
];

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
  get encoding() {
    return 'utf-8';
  }

  encode(input = '') {
    return utf8Bytes(toDOMString(input));
  }

  encodeInto(source, destination) {
    requireArguments(arguments.length, 2, 'TextEncoder.encodeInto');
    const text = toUSVString(source);
    if (!(destination instanceof Uint8Array)) {
      throw new TypeError('TextEncoder.encodeInto: the destination is not a Uint8Array');
    }
    let read = 0;
    let written = 0;
    while (read < text.length) {
      const codePoint = text.codePointAt(read);
      const needed = utf8Length(codePoint);
      if (written + needed > destination.length) break;
      written += needed;
      read += codePoint > 0xffff ? 2 : 1;
    }
    destination.set(utf8Bytes(text.slice(0, read)));
    return { read, written };
  }
}

/** How many bytes at the end begin a character that is not complete. */
function incompleteTail(bytes) {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back];
    if ((byte & 0xc0) === 0x80) continue;
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return needed > back && startsCharacter(bytes.subarray(bytes.length - back)) ? back : 0;
  }
  return 0;
}

/** Whether bytes can be the beginning of a well-formed character. */
function startsCharacter([lead, second]) {
  if (lead < 0xc2 || lead > 0xf4) return false;
  if (second === undefined) return true;
  if (lead === 0xe0) return second >= 0xa0;
  if (lead === 0xed) return second <= 0x9f;
  if (lead === 0xf0) return second >= 0x90;
  return lead !== 0xf4 || second <= 0x8f;
}

/** https://encoding.spec.whatwg.org/#interface-textdecoder */
export class TextDecoder {
  #fatal;
  #ignoreBOM;
  /** Bytes of an incomplete character that the last chunk ended with. */
  #pending = new Uint8Array(0);
  #bomSeen = false;

  constructor(label = 'utf-8', options = {}) {
    const name = toDOMString(label)
      .replace(/^[\t\n\f\r ]+|[\t\n\f\r ]+$/g, '')
      .toLowerCase();
    if (!UTF8_LABELS.includes(name)) {
      throw new RangeError(`TextDecoder: the encoding '${label}' is not supported, only utf-8 is`);
    }
    const { fatal, ignoreBOM } = toDictionary(options, 'the options of TextDecoder');
    this.#fatal = Boolean(fatal);
    this.#ignoreBOM = Boolean(ignoreBOM);
  }

  get encoding() {
    return 'utf-8';
  }

  get fatal() {
    return this.#fatal;
  }

  get ignoreBOM() {
    return this.#ignoreBOM;
  }

  decode(input = undefined, options = {}) {
    const given =
      input === undefined
        ? { buffer: new ArrayBuffer(0), offset: 0, length: 0 }
        : viewedBytes(input);
    if (given === null) {
      throw new TypeError(
        'TextDecoder.decode: the argument is neither an ArrayBuffer nor a view of one',
      );
    }
    const stream = Boolean(toDictionary(options, 'the options of TextDecoder.decode').stream);
    const { buffer, offset, length } = this.#take(given, stream);
    const text = native.decodeUtf8(buffer, offset, length, this.#fatal);
    if (text === null || text === undefined) {
      this.#reset();
      throw new TypeError('TextDecoder.decode: the bytes are not UTF-8');
    }
    const result = this.#withoutMark(text);
    if (!stream) this.#reset();
    return result;
  }

  /** The bytes to decode now; what a stream must wait with is kept back. */
  #take({ buffer, offset, length }, stream) {
    if (this.#pending.length === 0 && !stream) return { buffer, offset, length };
    const bytes = new Uint8Array(this.#pending.length + length);
    bytes.set(this.#pending);
    bytes.set(new Uint8Array(buffer, offset, length), this.#pending.length);
    const kept = stream ? incompleteTail(bytes) : 0;
    this.#pending = bytes.slice(bytes.length - kept);
    return { buffer: bytes.buffer, offset: 0, length: bytes.length - kept };
  }

  #withoutMark(text) {
    if (this.#bomSeen || text.length === 0) return text;
    this.#bomSeen = true;
    return !this.#ignoreBOM && text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text;
  }

  #reset() {
    this.#pending = new Uint8Array(0);
    this.#bomSeen = false;
  }
}

defineInterface(TextEncoder);
defineInterface(TextDecoder);
