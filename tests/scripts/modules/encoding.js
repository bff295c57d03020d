// The module k6/encoding.

import encoding, { b64decode, b64encode } from 'k6/encoding';

const VARIANTS = ['std', 'rawstd', 'url', 'rawurl'];

function thrown(action) {
  try {
    return `returned ${action()}`;
  } catch (error) {
    return `${error}`;
  }
}

export function encodes() {
  console.log(Object.keys(encoding).sort().join());
  for (const variant of [undefined, ...VARIANTS, 'unknown']) console.log(b64encode('ÿ¿ž~?', variant));
  console.log(b64encode(new Uint8Array([255, 254, 253, 252]).buffer), b64encode(new Uint8Array([0, 1, 2]).subarray(1)), b64encode(''));
}

export function decodes() {
  for (const variant of VARIANTS) {
    console.log(b64decode(b64encode('ÿ¿ž~?', variant), variant, 's') === 'ÿ¿ž~?');
  }
  const buffer = b64decode('//79/A==');
  console.log(buffer instanceof ArrayBuffer, new Uint8Array(buffer).join());
  console.log(new Uint8Array(b64decode('AA\r\nEC')).join());
}

export function roundTrips() {
  let wrong = 0;
  for (let length = 0; length < 70; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 37 + length) % 256);
    for (const variant of VARIANTS) {
      const back = new Uint8Array(b64decode(b64encode(bytes.buffer, variant), variant));
      if (back.join() !== bytes.join()) wrong += 1;
    }
  }
  console.log(wrong);
}

export function refused() {
  for (const text of ['*', 'AA', 'AAA', 'A===', 'AA*A', 'AA-_']) console.log(thrown(() => b64decode(text)));
  console.log(thrown(() => b64decode('AA==', 'rawstd')));
  console.log(thrown(() => b64encode(5)));
}
