// Base64 (RFC 4648), and the functions of HTML over it.
// https://html.spec.whatwg.org/multipage/webappapis.html#atob

import { DOMException } from 'wasock:dom-exception';
import { native } from 'wasock:native';
import { apply, fromCharCode } from 'wasock:primordials';
import { requireArguments, toDOMString } from 'wasock:webidl';

const STANDARD = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const URL_SAFE = `${STANDARD.slice(0, 62)}-_`;
const PADDING = '='.charCodeAt(0);
/** Marks a character that is not in the alphabet. */
const INVALID = 0xff;

/** How many characters one piece of a result is made of: few enough for a call's arguments. */
const PIECE = 8192;

function makeAlphabet(characters) {
  const values = new Uint8Array(256).fill(INVALID);
  for (let i = 0; i < characters.length; i++) values[characters.charCodeAt(i)] = i;
  const codes = Uint8Array.from(characters, (character) => character.charCodeAt(0));
  return { codes, values };
}

/** The alphabets of RFC 4648, sections 4 and 5. */
export const ALPHABETS = { standard: makeAlphabet(STANDARD), url: makeAlphabet(URL_SAFE) };

/** A string of the characters whose codes are in a typed array. */
function fromCodes(codes) {
  let result = '';
  for (let i = 0; i < codes.length; i += PIECE) {
    result += apply(fromCharCode, null, codes.subarray(i, i + PIECE));
  }
  return result;
}

/** Encodes bytes. */
export function encode(bytes, alphabet = ALPHABETS.standard, padded = true) {
  const { codes } = alphabet;
  const whole = Math.floor(bytes.length / 3);
  const rest = bytes.length - 3 * whole;
  const tail = rest === 0 ? 0 : padded ? 4 : rest + 1;
  const out = new Uint8Array(4 * whole + tail);
  let to = 0;
  for (let i = 0; i < bytes.length; i += 3) {
    const group = (bytes[i] << 16) | (bytes[i + 1] << 8) | bytes[i + 2];
    out[to] = codes[group >> 18];
    out[to + 1] = codes[(group >> 12) & 63];
    out[to + 2] = codes[(group >> 6) & 63];
    out[to + 3] = codes[group & 63];
    to += 4;
  }
  if (padded && rest > 0) out.fill(PADDING, 4 * whole + rest + 1);
  return fromCodes(out);
}

/**
 * Decodes text without padding. Returns the bytes, or the place of the first character that is not
 * in the alphabet; the text's length if it ends in the middle of a byte.
 */
export function decode(text, alphabet = ALPHABETS.standard) {
  const { values } = alphabet;
  // No byte of a character beyond ASCII is in an alphabet, so the first one that is not is at the
  // same place in the bytes as in the text.
  const input = new Uint8Array(native.encodeUtf8(text));
  const { length } = input;
  const out = new Uint8Array(Math.floor((length * 3) / 4));
  let group = 0;
  let bits = 0;
  let to = 0;
  for (let i = 0; i < length; i++) {
    const value = values[input[i]];
    if (value === INVALID) return i;
    group = ((group << 6) | value) & 0xffffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out[to] = (group >> bits) & 0xff;
      to += 1;
    }
  }
  return length % 4 === 1 ? length : out;
}

/** https://html.spec.whatwg.org/multipage/webappapis.html#dom-btoa */
export function btoa(data) {
  requireArguments(arguments.length, 1, 'btoa');
  const text = toDOMString(data);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0xff) {
      throw new DOMException(
        'btoa: the string has characters beyond U+00FF',
        'InvalidCharacterError',
      );
    }
    bytes[i] = code;
  }
  return encode(bytes);
}

/** https://infra.spec.whatwg.org/#forgiving-base64-decode */
export function atob(data) {
  requireArguments(arguments.length, 1, 'atob');
  let text = toDOMString(data).replace(/[\t\n\f\r ]+/g, '');
  if (text.length % 4 === 0) text = text.replace(/={1,2}$/, '');
  const bytes = decode(text);
  if (typeof bytes === 'number') {
    throw new DOMException('atob: the string is not Base64', 'InvalidCharacterError');
  }
  return fromCodes(bytes);
}
