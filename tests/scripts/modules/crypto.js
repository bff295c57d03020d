// The module k6/crypto.

import crypto, { createHash, createHMAC, hexEncode, hmac, md5, randomBytes, sha256 } from 'k6/crypto';

const HASHES = ['md4', 'md5', 'sha1', 'sha256', 'sha384', 'sha512', 'sha512_224', 'sha512_256', 'ripemd160'];

function thrown(action) {
  try {
    return `returned ${action()}`;
  } catch (error) {
    return `${error}`;
  }
}

export function shape() {
  console.log(Object.keys(crypto).sort().join(), crypto.sha256 === sha256);
}

export function hashes() {
  for (const name of HASHES) console.log(name, crypto[name]('abc', 'hex'));
}

export function emptyAndLong() {
  console.log(md5(''), sha256(''), sha256('a'.repeat(1_000_000)));
}

export function hmacs() {
  for (const name of HASHES.slice(1, 8)) console.log(name, hmac(name, 'Jefe', 'what do ya want for nothing?', 'hex'));
  const key = new Uint8Array(131).fill(0xaa);
  console.log(hmac('sha256', key.buffer, 'Test Using Larger Than Block-Size Key - Hash Key First'));
}

export function outputs() {
  for (const encoding of [undefined, '', 'hex', 'base64', 'base64url', 'base64rawurl']) console.log(sha256('abc', encoding));
  const binary = sha256('abc', 'binary');
  console.log(binary instanceof ArrayBuffer, binary.byteLength, hexEncode(binary).slice(0, 8));
}

export function inputs() {
  const bytes = new TextEncoder().encode('xabcx');
  const middle = bytes.subarray(1, 4);
  const digests = [md5('abc'), md5(middle), md5(middle.slice().buffer), md5(new DataView(bytes.buffer, 1, 3))];
  console.log(new Set(digests).size, md5('grüße'), hexEncode('az'), hexEncode(new Uint8Array([0, 15, 255])));
}

export function inPieces() {
  const hasher = createHash('sha256');
  hasher.update('a');
  console.log(hasher.digest() === sha256('a'), hasher.digest('base64') === sha256('a', 'base64'));
  hasher.update(new Uint8Array([0x62, 0x63]));
  console.log(hasher.digest() === sha256('abc'));
  const keyed = createHMAC('sha1', 'Jefe');
  keyed.update('what do ya want ');
  keyed.update('for nothing?');
  console.log(keyed.digest('hex'));
}

export function random() {
  const bytes = randomBytes(70_000);
  console.log(bytes instanceof ArrayBuffer, bytes.byteLength, hexEncode(randomBytes(16)) === hexEncode(randomBytes(16)));
  console.log(new Set(new Uint8Array(bytes)).size);
}

export function refused() {
  const actions = [
    () => sha256('abc', 'base32'),
    () => sha256(5),
    () => sha256(null),
    () => sha256(),
    () => createHash('sha3'),
    () => createHMAC('toString', 'key'),
    () => createHMAC('sha256', 7),
    () => hmac('sha256', 'key', {}),
    () => randomBytes(0),
    () => randomBytes(1.5),
    () => randomBytes(2 ** 40),
  ];
  for (const action of actions) console.log(thrown(action));
}

const { subtle } = globalThis.crypto;
const bytes = (text) => new TextEncoder().encode(text);
const rejection = (promise) => promise.then(() => 'resolved', (error) => error.name);

export async function subtleDigests() {
  for (const name of ['SHA-1', 'SHA-256', { name: 'sha-384' }, 'SHA-512']) console.log(hexEncode(await subtle.digest(name, bytes('abc'))).slice(0, 16));
  console.log(await rejection(subtle.digest('MD5', bytes(''))), await rejection(subtle.digest('SHA-1', 'abc')), await rejection(subtle.digest({}, bytes(''))));
}

export async function subtleHmac() {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await subtle.importKey('raw', bytes('Jefe'), algorithm, true, ['verify', 'sign']);
  console.log(key, `${key}`);
  const signed = await subtle.sign('HMAC', key, bytes('what do ya want for nothing?'));
  console.log(hexEncode(signed).slice(0, 16), await subtle.verify('HMAC', key, signed, bytes('what do ya want for nothing?')), await subtle.verify('HMAC', key, signed, bytes('something')));
  const jwk = await subtle.exportKey('jwk', key);
  console.log(JSON.stringify(jwk), hexEncode(await subtle.exportKey('raw', key)));
  const again = await subtle.importKey('jwk', jwk, algorithm, false, ['verify']);
  console.log(await subtle.verify(algorithm, again, signed, bytes('what do ya want for nothing?')), await rejection(subtle.sign('HMAC', again, bytes(''))), await rejection(subtle.exportKey('raw', again)));
  for (const hash of ['SHA-1', 'SHA-512']) {
    const made = await subtle.generateKey({ name: 'hmac', hash }, true, ['sign']);
    console.log(made.algorithm.length, (await subtle.exportKey('raw', made)).byteLength);
  }
}

export async function subtleRefusals() {
  const hmacOf = (hash) => ({ name: 'HMAC', hash });
  const imported = (format, data, algorithm, usages) => rejection(subtle.importKey(format, data, algorithm, true, usages));
  console.log(await imported('raw', bytes('k'), 'AES-GCM', ['sign']), await imported('raw', bytes('k'), hmacOf('MD5'), ['sign']), await imported('spki', bytes('k'), hmacOf('SHA-1'), ['sign']));
  console.log(await imported('raw', bytes(''), hmacOf('SHA-1'), ['sign']), await imported('raw', bytes('k'), hmacOf('SHA-1'), []), await imported('raw', bytes('k'), hmacOf('SHA-1'), ['encrypt']), await imported('raw', bytes('k'), hmacOf('SHA-1'), ['fly']));
  console.log(await imported('jwk', { kty: 'RSA' }, hmacOf('SHA-1'), ['sign']), await imported('jwk', { kty: 'oct', k: '*' }, hmacOf('SHA-1'), ['sign']), await imported('raw', 'text', hmacOf('SHA-1'), ['sign']));
}
