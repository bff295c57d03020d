// JSON.parse and JSON.stringify: the engine has ways of its own for plain texts and plain values, which must give what
// QuickJS's give. Those are taken with a reviver or a replacer.

import { equal, runAll } from './subtests.js';

const slowlyParsed = (text) => JSON.parse(text, (_, value) => value);
const slowlyWritten = (value) => JSON.stringify(value, (_, inner) => inner);

/** All that a value is, with the order of its keys, as text. */
function describe(value) {
  if (Array.isArray(value)) return `[${value.map(describe).join()}]`;
  if (value && typeof value === 'object') return `{${Object.entries(value).map((entry) => entry.map(describe).join(':')).join()}}`;
  if (typeof value === 'string') return `${value.length}"${value}"`;
  return Object.is(value, -0) ? '-0' : String(value);
}

function sameParsed(text) {
  let expected, actual;
  try {
    expected = describe(slowlyParsed(text));
  } catch (error) {
    expected = `${error.name}: ${error.message}`;
  }
  try {
    actual = describe(JSON.parse(text));
  } catch (error) {
    actual = `${error.name}: ${error.message}`;
  }
  equal(actual, expected);
}

const sameWritten = (value) => equal(JSON.stringify(value), slowlyWritten(value));

/** Both ways, and back. */
function same(value) {
  sameWritten(value);
  const text = JSON.stringify(value);
  sameParsed(text);
  equal(JSON.stringify(JSON.parse(text)), text);
}

/** Lengths around those at which the engine takes another way. */
const LENGTHS = [...Array(70).keys(), 127, 128, 129, 255, 256, 257, 258, 1000, 5000];

/** Characters with a way of their own. */
const CHARACTERS = ['"', '\\', '\n', '\0', '\x1f', ' ', '\x7f', '\x80', 'é', 'ÿ', 'Ā', '€', '\ud800', '\udc00', '\u{1f40a}'];

const NUMBERS = [
  0, -0, 1, -1, 9, 10, 99, 100, -9, -10, 2147483647, 2147483648, -2147483648, -2147483649, 4294967295, 9007199254740991, -9007199254740993,
  1e15, 1e21, 1e-7, 0.1, 0.5, 1.5, -1.5, 1.1, 123.456, 1e9 + 0.5, 0.000001, 1 / 3, Math.PI, Number.MAX_VALUE, Number.MIN_VALUE, NaN, Infinity, -Infinity,
];

/** Numbers that look random and are the same in each run. */
function sequence(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** A value of objects, arrays, texts and numbers. */
function anything(next, depth) {
  const text = () => Array.from({ length: next(next(4) ? 20 : 300) }, () => (next(30) ? String.fromCharCode(32 + next(90)) : CHARACTERS[next(CHARACTERS.length)])).join('');
  const kind = next(depth > 0 ? 8 : 5);
  if (kind < 2) return text();
  if (kind === 2) return NUMBERS[next(NUMBERS.length)];
  if (kind === 3) return next(2 ** 31) / 10 ** next(8);
  if (kind === 4) return [true, false, null, undefined, 'x'.repeat(next(40))][next(5)];
  if (kind === 5) return Array.from({ length: next(50) }, () => anything(next, depth - 1));
  return Object.fromEntries(Array.from({ length: next(12) }, () => [text(), anything(next, depth - 1)]));
}

export const texts = () => runAll(function* () {
  yield ['strings of all lengths', () => {
    for (const length of LENGTHS) same(['x'.repeat(length), { key: 'y'.repeat(length) }]);
  }];
  yield ['keys of all lengths', () => {
    for (const length of LENGTHS) same({ ['k'.repeat(length)]: 1, other: { ['k'.repeat(length)]: [] } });
  }];
  for (const character of CHARACTERS) {
    yield [`${JSON.stringify(character)} at all places`, () => {
      for (let length = 1; length < 50; length += 1) {
        for (let place = 0; place < length; place += 1) {
          const text = `${'x'.repeat(place)}${character}${'x'.repeat(length - place - 1)}`;
          same([text, { [text]: text }]);
        }
      }
    }];
  }
  yield ['texts that are parts of others', () => {
    const whole = 'abcdefghijklmnopqrstuvwxyz'.repeat(200);
    for (const length of LENGTHS) same({ [whole.slice(3, 3 + length)]: whole.slice(1, 1 + length) });
    same([whole.slice(10, 4000), `"${whole.slice(10, 4000)}`]);
  }];
  yield ['texts that were put together', () => {
    let rope = 'a'.repeat(300);
    for (let i = 0; i < 50; i += 1) rope += `${i}-${'b'.repeat(300)}`;
    same([rope, { [rope]: rope }, `${rope}€`]);
  }];
});

export const values = () => runAll(function* () {
  yield ['numbers', () => NUMBERS.forEach((number) => same([number, { number }]))];
  yield ['whole numbers', () => {
    for (let power = 0; power < 54; power += 1) same([2 ** power, 2 ** power - 1, -(2 ** power), 10 ** (power % 22)]);
  }];
  yield ['texts of numbers', () => {
    for (const text of ['-0', '0.0', '-0.0', '1e3', '1E+3', '1.50', '123456789012345678', '0.12345678901234567', '00', '01', '1.', '.5', '-', '+1', '1e', '0x1', '-1.5e-3']) sameParsed(text);
  }];
  yield ['what is left out', () => {
    sameWritten({ a: undefined, b: () => {}, c: Symbol('s'), d: 1 });
    sameWritten([undefined, () => {}, Symbol('s'), 1]);
    sameWritten({ a: undefined });
    for (const value of [undefined, () => {}, Symbol('s'), null, 'text', 1, true]) sameWritten(value);
  }];
  yield ['keys that are indices', () => {
    for (const key of ['0', '9', '10', '007', '2147483647', '2147483648', '4294967294', '4294967295', '9999999999', '12345678901']) sameWritten({ x: 1, [key]: 2, y: { [key]: 3 } });
  }];
  yield ['objects that are not plain', () => {
    const hidden = Object.defineProperty({ a: 1 }, 'b', { value: 2, enumerable: false });
    const read = { get a() { return [1]; }, b: 2 };
    const sparse = [1];
    sparse[3] = 2;
    const values = [hidden, read, sparse, { 2: 'b', 1: 'a', x: 'c' }, { toJSON: () => 'own' }, { toJSON: 1 }, new Date(0), new Map([[1, 2]]), Object('text'), Object(1), Object.create({ a: 1 }), Object.assign([1], { key: 1 }), new (class Own { a = 1; })(), new Uint8Array(3), /x/, new Proxy({ a: 1 }, {})];
    for (const value of values) sameWritten([value, { value }, value]);
  }];
  yield ['what a prototype has', () => {
    Object.prototype.toJSON = function () { return `of ${typeof this}`; };
    const written = [JSON.stringify({ a: {} }), slowlyWritten({ a: {} })];
    delete Object.prototype.toJSON;
    equal(written, ['"of object"', '"of object"']);
    same({ a: {} });
  }];
  yield ['circles', () => {
    const circle = { inner: [] };
    circle.inner.push(circle);
    const messages = [JSON.stringify, slowlyWritten].map((write) => {
      try {
        return write(circle);
      } catch (error) {
        return `${error.name}: ${error.message}`;
      }
    });
    equal(messages[0], messages[1]);
  }];
  yield ['deep nesting', () => {
    for (const depth of [1, 8, 9, 31, 32, 33, 63, 64, 65, 200]) {
      sameParsed('['.repeat(depth) + ']'.repeat(depth));
      let value = 1;
      for (let i = 0; i < depth; i += 1) value = i % 2 ? [value] : { value };
      same(value);
    }
  }];
  yield ['many values', () => {
    for (const count of [31, 32, 33, 64, 65, 1000]) same([Array.from({ length: count }, (_, i) => i), Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, i]))]);
  }];
  yield ['objects that look like the last', () => {
    for (const text of ['[{"a":1,"bc":2},{"a":3,"bc":4}]', '[{"a":1,"bc":2},{"a":3}]', '[{"a":1},{"a":3,"bc":4}]', '[{"a":1,"bc":2},{"bc":3,"a":4}]', '[{"a":1,"bc":2},{"a":1,"bd":2}]', '[{"a":1,"a":2},{"a":1,"a":2}]', '[{"__proto__":1},{"__proto__":2}]', '[{"longer key":1},{"longer kez":1}]', '[{"twelve chars":1},{"twelve charz":1}]', '[{"abc":1},{"abd":1},{"aXc":1},{"Xbc":1}]', '[{"abcdef":1},{"abcdeX":1},{"Xbcdef":1},{"abXdef":1}]']) sameParsed(text);
  }];
  yield ['texts that are wrong', () => {
    const text = '{"a": [1, 2.5e1, "x\\n\\u0041", true, false, null, {"b": "é"}], "c": -1}';
    for (let end = 0; end <= text.length; end += 1) sameParsed(text.slice(0, end));
    for (let at = 0; at < text.length; at += 1) for (const wrong of ['"', '}', ']', ',', 'x', '\\', '\n']) sameParsed(text.slice(0, at) + wrong + text.slice(at + 1));
  }];
  yield ['anything', () => {
    const next = sequence(2026);
    for (let i = 0; i < 400; i += 1) same([anything(next, 4)]);
  }];
});
