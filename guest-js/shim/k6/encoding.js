// k6/encoding: Base64 in its four variants.

import { ALPHABETS, decode, encode } from 'wasock:base64';
import { utf8Bytes, utf8Text } from 'wasock:encoding';
import { GoError } from 'wasock:errors';
import { viewedBytes } from 'wasock:primordials';

const VARIANTS = {
  __proto__: null,
  std: { alphabet: ALPHABETS.standard, padded: true },
  rawstd: { alphabet: ALPHABETS.standard, padded: false },
  url: { alphabet: ALPHABETS.url, padded: true },
  rawurl: { alphabet: ALPHABETS.url, padded: false },
};

/** As in k6, an unknown variant means the standard one. */
const variant = (name) => VARIANTS[name] ?? VARIANTS.std;

function inputBytes(input) {
  const viewed = viewedBytes(input);
  if (viewed !== null) return new Uint8Array(viewed.buffer, viewed.offset, viewed.length);
  if (typeof input === 'string') return utf8Bytes(input);
  throw new GoError(`b64encode() takes a string or an ArrayBuffer, not ${typeof input}`);
}

/** Encodes a string's UTF-8 or a buffer's bytes. `encoding`: std, rawstd, url or rawurl. */
export function b64encode(input, encoding = 'std') {
  const { alphabet, padded } = variant(encoding);
  return encode(inputBytes(input), alphabet, padded);
}

/** How many characters of the text are not padding; the place of an error as a GoError. */
function withoutPadding(text, padded) {
  if (!padded) return text;
  const end = text.search(/=*$/);
  const padding = text.length - end;
  if (text.length % 4 !== 0 || padding > 2) throw illegal(end);
  return text.slice(0, end);
}

const illegal = (at) => new GoError(`illegal base64 data at input byte ${at}`);

/** Decodes to an ArrayBuffer, or with format 's' to a string. */
export function b64decode(input, encoding = 'std', format = undefined) {
  const { alphabet, padded } = variant(encoding);
  const text = withoutPadding(String(input).replace(/[\r\n]/g, ''), padded);
  const bytes = decode(text, alphabet);
  if (typeof bytes === 'number') throw illegal(bytes);
  return format === 's' ? utf8Text(bytes.buffer, 0, bytes.length) : bytes.buffer;
}

export default { b64decode, b64encode };
