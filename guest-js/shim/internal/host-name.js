// Host names and addresses in URLs. https://url.spec.whatwg.org/#host-parsing

/** https://url.spec.whatwg.org/#forbidden-domain-code-point */
const FORBIDDEN = /[\0-\x20"#%/:<>?@[\\\]^`{|}\x7f]/;

/** The last number of an IPv4 address fills the places that are left. */
const IPV4_PARTS = 4;
const IPV6_PIECES = 8;

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** https://url.spec.whatwg.org/#ipv4-number-parser */
function ipv4Number(text) {
  if (text === '') return Number.NaN;
  if (/^0x[\da-f]*$/i.test(text)) return text.length === 2 ? 0 : Number(text);
  if (/^0\d+$/.test(text)) return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN;
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}

/** https://url.spec.whatwg.org/#ends-in-a-number-checker */
function endsInNumber(parts) {
  const last = parts.at(-1);
  return /^\d+$/.test(last) || !Number.isNaN(ipv4Number(last));
}

/** https://url.spec.whatwg.org/#concept-ipv4-parser, serialised; null if it is none. */
function parseIpv4(parts) {
  const numbers = parts.map(ipv4Number);
  if (numbers.length > IPV4_PARTS || numbers.some(Number.isNaN)) return null;
  const last = numbers.pop();
  if (numbers.some((number) => number > 255) || last >= 256 ** (IPV4_PARTS - numbers.length)) {
    return null;
  }
  const address = numbers.reduce((sum, number, i) => sum + number * 256 ** (3 - i), last);
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}

/** The pieces of one half of an IPv6 address; null if one is malformed. */
function ipv6Pieces(text, mayEndInIpv4) {
  if (text === '') return [];
  const parts = text.split(':');
  const pieces = [];
  for (let i = 0; i < parts.length; i++) {
    if (mayEndInIpv4 && i === parts.length - 1 && parts[i].includes('.')) {
      const bytes = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(parts[i])?.slice(1);
      if (bytes === undefined || bytes.some((byte) => byte > 255 || /^0\d/.test(byte))) return null;
      pieces.push(bytes[0] * 256 + Number(bytes[1]), bytes[2] * 256 + Number(bytes[3]));
    } else if (/^[\da-f]{1,4}$/i.test(parts[i])) {
      pieces.push(Number.parseInt(parts[i], 16));
    } else {
      return null;
    }
  }
  return pieces;
}

/** Where the longest run of two or more zeros begins, and its length. */
function longestZeros(pieces) {
  let best = { at: -1, length: 1 };
  for (let at = 0; at < pieces.length; at++) {
    let length = 0;
    while (pieces[at + length] === 0) length += 1;
    if (length > best.length) best = { at, length };
  }
  return best;
}

/** https://url.spec.whatwg.org/#concept-ipv6-serializer */
function ipv6Text(pieces) {
  const { at, length } = longestZeros(pieces);
  const hex = (list) => list.map((piece) => piece.toString(16)).join(':');
  return at < 0 ? hex(pieces) : `${hex(pieces.slice(0, at))}::${hex(pieces.slice(at + length))}`;
}

/** https://url.spec.whatwg.org/#concept-ipv6-parser, serialised; null if it is none. */
function parseIpv6(text) {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const head = ipv6Pieces(halves[0], halves.length === 1);
  const tail = halves.length === 1 ? [] : ipv6Pieces(halves[1], true);
  if (head === null || tail === null) return null;
  const missing = IPV6_PIECES - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  return ipv6Text([...head, ...new Array(missing).fill(0), ...tail]);
}

/**
 * The normal form of the host in a URL, or null if it is not valid. Names with other characters
 * than ASCII keep them; the host encodes them when it resolves the name.
 */
export function parseHost(text) {
  if (text.startsWith('[')) {
    const address = text.endsWith(']') ? parseIpv6(text.slice(1, -1)) : null;
    return address === null ? null : `[${address}]`;
  }
  const name = decoded(text)?.normalize('NFKC').toLowerCase();
  if (name === undefined || name === '' || FORBIDDEN.test(name)) return null;
  const parts = (name.endsWith('.') ? name.slice(0, -1) : name).split('.');
  return endsInNumber(parts) ? parseIpv4(parts) : name;
}
