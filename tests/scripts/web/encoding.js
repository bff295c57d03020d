// TextEncoder, TextDecoder, atob and btoa. https://encoding.spec.whatwg.org/

import { equal, runAll, throws, throwsDOM } from './subtests.js';

const bytes = (...values) => new Uint8Array(values);

export const encoder = () => runAll({
  'its encoding': () => equal(new TextEncoder().encoding, 'utf-8'),
  'encode': () => {
    const encoded = new TextEncoder().encode('až🐎');
    equal(encoded instanceof Uint8Array, true);
    equal([...encoded], [97, 197, 190, 240, 159, 144, 142]);
  },
  'encode without a text': () => {
    equal([new TextEncoder().encode().length, new TextEncoder().encode(undefined).length, new TextEncoder().encode(null).length], [0, 0, 4]);
  },
  'encode replaces lone surrogates': () => {
    for (const text of ['\ud800', '\udc00', '\ud800x', 'x\udfff']) equal(new TextDecoder().decode(new TextEncoder().encode(text)), text.toWellFormed());
  },
  'encodeInto': () => {
    const into = bytes(9, 9, 9, 9, 9, 9);
    const { read, written } = new TextEncoder().encodeInto('a🐎', into);
    equal([read, written, into.join()], [3, 5, '97,240,159,144,142,9']);
  },
  'encodeInto does not split a character': () => {
    for (const [size, read, written] of [[0, 0, 0], [1, 1, 1], [2, 1, 1], [3, 2, 3], [6, 2, 3], [7, 4, 7], [9, 4, 7]]) {
      const result = new TextEncoder().encodeInto('až🐎', new Uint8Array(size));
      equal([result.read, result.written], [read, written], `${size} bytes`);
    }
  },
  'encodeInto a part of a buffer': () => {
    const all = new Uint8Array(6).fill(7);
    new TextEncoder().encodeInto('ab', all.subarray(2, 3));
    equal(all.join(), '7,7,97,7,7,7');
  },
  'encodeInto takes a Uint8Array alone': () => {
    for (const wrong of [undefined, null, {}, [], new ArrayBuffer(1), new Int8Array(1), new Uint8ClampedArray(1), new DataView(new ArrayBuffer(1))]) {
      throws(TypeError, () => new TextEncoder().encodeInto('a', wrong));
    }
  },
  'encodeInto a detached buffer': () => {
    const into = bytes(1, 2);
    into.buffer.transfer();
    const { read, written } = new TextEncoder().encodeInto('a', into);
    equal([read, written], [0, 0]);
  },
});

const LABELS = {
  'utf-8': ['utf-8', 'utf8', 'UTF-8', ' Utf8\n', '\tunicode-1-1-utf-8\r', 'unicode11utf8', 'unicode20utf8', 'x-unicode20utf8'],
  'utf-16le': ['utf-16le', 'utf-16', 'UTF-16', 'ucs-2', 'unicode', 'unicodefeff', 'csunicode', 'iso-10646-ucs-2'],
  'utf-16be': ['utf-16be', 'unicodefffe'],
};

const utf16 = (text, bigEndian) => {
  const view = new DataView(new ArrayBuffer(2 * text.length));
  for (let i = 0; i < text.length; i++) view.setUint16(2 * i, text.charCodeAt(i), !bigEndian);
  return new Uint8Array(view.buffer);
};

/** Bytes that are not UTF-8, and what takes their place. */
const MALFORMED = [
  [[0xff], '\ufffd'],
  [[0xc0, 0x80], '\ufffd\ufffd'],
  [[0xe0, 0x80, 0x80], '\ufffd\ufffd\ufffd'],
  [[0xed, 0xa0, 0x80], '\ufffd\ufffd\ufffd'],
  [[0xf0, 0x9f], '\ufffd'],
  [[0xf0, 0x9f, 0x41], '\ufffdA'],
  [[0xf4, 0x90, 0x80, 0x80], '\ufffd\ufffd\ufffd\ufffd'],
  [[0xe2, 0x82, 0xe2, 0x82, 0xac], '\ufffd€'],
  [[0x80, 0x41], '\ufffdA'],
];

export const decoder = () => runAll(function* () {
  for (const [encoding, labels] of Object.entries(LABELS)) {
    for (const label of labels) yield [`the label ${JSON.stringify(label)}`, () => equal(new TextDecoder(label).encoding, encoding)];
  }
  for (const label of ['', 'nonsense', 'utf-7', 'utf\u00a08', '\u00a0utf-8', 'ＵＴＦ-8', null, 'replacement']) {
    yield [`no label ${label}`, () => throws(RangeError, () => new TextDecoder(label))];
  }
  yield ['its attributes', () => {
    const decoder = new TextDecoder(undefined, { fatal: 1, ignoreBOM: 'x' });
    equal([decoder.encoding, decoder.fatal, decoder.ignoreBOM], ['utf-8', true, true]);
    equal([new TextDecoder().fatal, new TextDecoder('utf-8', null).ignoreBOM], [false, false]);
    throws(TypeError, () => new TextDecoder('utf-8', 1));
  }];
  for (const [list, text] of MALFORMED) {
    yield [`malformed ${list}`, () => {
      equal(new TextDecoder().decode(bytes(...list)), text);
      throws(TypeError, () => new TextDecoder('utf-8', { fatal: true }).decode(bytes(...list)));
    }];
    yield [`malformed ${list}, byte by byte`, () => {
      const decoder = new TextDecoder();
      const parts = list.map((byte) => decoder.decode(bytes(byte), { stream: true }));
      equal(parts.join('') + decoder.decode(), text);
    }];
  }
  yield ['kinds of input', () => {
    const { buffer } = bytes(0, 97, 98, 0);
    for (const input of [new Uint8Array(buffer, 1, 2), new DataView(buffer, 1, 2), new Int8Array(buffer, 1, 2), bytes(97, 98).buffer]) equal(new TextDecoder().decode(input), 'ab');
    equal([new TextDecoder().decode(), new TextDecoder().decode(undefined)], ['', '']);
    for (const input of [null, 'x', 1, {}, []]) throws(TypeError, () => new TextDecoder().decode(input));
  }];
  yield ['shared buffers', () => {
    const shared = new SharedArrayBuffer(3);
    new Uint8Array(shared).set([97, 98, 99]);
    equal([new TextDecoder().decode(shared), new TextDecoder().decode(new Uint8Array(shared, 1))], ['abc', 'bc']);
  }];
  yield ['a resizable buffer', () => throws(TypeError, () => new TextDecoder().decode(new ArrayBuffer(1, { maxByteLength: 2 })))];
  yield ['the byte order mark', () => {
    const marked = bytes(0xef, 0xbb, 0xbf, 97);
    equal([new TextDecoder().decode(marked), new TextDecoder('utf-8', { ignoreBOM: true }).decode(marked)], ['a', '\ufeffa']);
    equal(new TextDecoder().decode(bytes(...marked, ...marked)), 'a\ufeffa');
    const decoder = new TextDecoder();
    equal([decoder.decode(marked), decoder.decode(marked)], ['a', 'a']);
  }];
  yield ['the byte order mark in pieces', () => {
    const decoder = new TextDecoder();
    const parts = [0xef, 0xbb, 0xbf, 97, 0xef, 0xbb, 0xbf].map((byte) => decoder.decode(bytes(byte), { stream: true }));
    equal(parts.join(''), 'a\ufeff');
  }];
  yield ['a stream', () => {
    const decoder = new TextDecoder();
    const encoded = new TextEncoder().encode('ž🐎€');
    const parts = [...encoded].map((byte) => decoder.decode(bytes(byte), { stream: true }));
    equal([parts.join(''), decoder.decode()], ['ž🐎€', '']);
  }];
  yield ['a stream that ends in the middle of a character', () => {
    const decoder = new TextDecoder();
    equal([decoder.decode(bytes(0xf0, 0x9f), { stream: true }), decoder.decode(), decoder.decode(bytes(97))], ['', '\ufffd', 'a']);
    const fatal = new TextDecoder('utf-8', { fatal: true });
    fatal.decode(bytes(0xf0, 0x9f), { stream: true });
    throws(TypeError, () => fatal.decode());
    equal(fatal.decode(bytes(97)), 'a');
  }];
  for (const [label, bigEndian] of [['utf-16le', false], ['utf-16be', true]]) {
    yield [label, () => equal(new TextDecoder(label).decode(utf16('až🐎', bigEndian)), 'až🐎')];
    yield [`${label} byte by byte`, () => {
      const decoder = new TextDecoder(label);
      const parts = [...utf16('a🐎b', bigEndian)].map((byte) => decoder.decode(bytes(byte), { stream: true }));
      equal(parts.join('') + decoder.decode(), 'a🐎b');
    }];
    yield [`${label} malformed`, () => {
      for (const text of ['\ud800', '\udc00', 'a\ud800b', '\ud800\ud800\udc00']) {
        equal(new TextDecoder(label).decode(utf16(text, bigEndian)), text.toWellFormed());
        throws(TypeError, () => new TextDecoder(label, { fatal: true }).decode(utf16(text, bigEndian)));
      }
      equal(new TextDecoder(label).decode(bytes(1)), '\ufffd');
      throws(TypeError, () => new TextDecoder(label, { fatal: true }).decode(bytes(1)));
    }];
    yield [`${label} and its mark`, () => {
      equal(new TextDecoder(label).decode(utf16('\ufeffa', bigEndian)), 'a');
      equal(new TextDecoder(label, { ignoreBOM: true }).decode(utf16('\ufeffa', bigEndian)), '\ufeffa');
    }];
  }
});

const BASE64 = { '': '', 'f': 'Zg==', 'fo': 'Zm8=', 'foo': 'Zm9v', 'foob': 'Zm9vYg==', 'fooba': 'Zm9vYmE=', 'foobar': 'Zm9vYmFy', '\xff\xfe\xfd': '//79', '\0': 'AA==' };

export const base64 = () => runAll(function* () {
  for (const [text, encoded] of Object.entries(BASE64)) {
    yield [`btoa ${JSON.stringify(text)}`, () => equal(btoa(text), encoded)];
    yield [`atob ${encoded}`, () => equal(atob(encoded), text)];
    yield [`atob ${encoded} without padding`, () => equal(atob(encoded.replace(/=/g, '')), text)];
    yield [`atob ${encoded} with spaces`, () => equal(atob(` ${[...encoded].join('\n\t\f\r ')}`), text)];
  }
  yield ['values are converted', () => {
    equal([btoa(undefined), btoa(null), btoa(12), btoa({ toString: () => 'x' })], ['dW5kZWZpbmVk', 'bnVsbA==', 'MTI=', 'eA==']);
    equal([atob(null), atob(1234).length, atob([]), atob('ab\u0020cd').length], ['\x9e\xe9e', 3, '', 3]);
  }];
  for (const text of ['\u0100', 'a🐎', '\ud800']) yield [`btoa refuses ${JSON.stringify(text)}`, () => throwsDOM('InvalidCharacterError', () => btoa(text))];
  for (const text of ['a', 'abcde', '=', '==', 'ab=', 'abc==', 'a=bc', 'abcd=', 'abcd==', '====', '*', 'ab\u00a0cd', 'ab\vcd', 'ab-_', '\u0100bcd', undefined]) {
    yield [`atob refuses ${JSON.stringify(text)}`, () => throwsDOM('InvalidCharacterError', () => atob(text))];
  }
});
