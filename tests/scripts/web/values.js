// Blob, structuredClone, crypto, performance and queueMicrotask.

import { Blob } from 'k6/websockets';
import { caught, equal, recorded, runAll, throws, throwsDOM } from './subtests.js';

const PRIMITIVES = [undefined, null, true, false, 0, -0, NaN, Infinity, 1.5, 10n ** 30n, '', 'a\ud800'];

const ERRORS = [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError];

const VIEWS = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, BigInt64Array, BigUint64Array, Float16Array, Float32Array, Float64Array, DataView];

/** What cannot be cloned. */
const REFUSED = {
  'a function': () => {},
  'a class': class {},
  'a symbol': Symbol('s'),
  'an object of a symbol': Object(Symbol('s')),
  'a promise': Promise.resolve(),
  'a WeakMap': new WeakMap(),
  'a WeakSet': new WeakSet(),
  'a WeakRef': new WeakRef({}),
  'a generator': (function* () {})(),
  'a proxy': new Proxy({}, {}),
  'an iterator': [].values(),
  'an event': new Event('x'),
  'an event target': new EventTarget(),
  'a URL': new URL('ws://h/'),
  'parameters': new URLSearchParams(),
  'a signal': AbortSignal.abort(),
  'a decoder': new TextDecoder(),
  'a shared buffer': new SharedArrayBuffer(1),
  'a view of a shared buffer': new Uint8Array(new SharedArrayBuffer(1)),
};

export const cloning = () => runAll(function* () {
  for (const value of PRIMITIVES) {
    yield [`the primitive ${String(value)}`, () => equal(structuredClone(value), value)];
    if (value === undefined || value === null) continue;
    yield [`the object of ${String(value)}`, () => {
      const copy = structuredClone(Object(value));
      equal([typeof copy, copy.valueOf(), Object.getPrototypeOf(copy)], ['object', value, Object.getPrototypeOf(Object(value))]);
    }];
  }
  for (const [name, value] of Object.entries(REFUSED)) {
    yield [`${name} is refused`, () => throwsDOM('DataCloneError', () => structuredClone(value))];
    yield [`${name} inside is refused`, () => throwsDOM('DataCloneError', () => structuredClone({ deep: [new Map([[1, value]])] }))];
  }
  for (const Class of ERRORS) {
    yield [Class.name, () => {
      const error = new Class('broken', { cause: { why: 1 } });
      const copy = structuredClone(error);
      equal([copy !== error, copy.constructor, copy.name, copy.message, copy.stack, copy.cause.why], [true, Class, Class.name, 'broken', error.stack, 1]);
      equal(Object.keys(copy), []);
    }];
  }
  yield ['errors of other names', () => {
    class Mine extends TypeError {
      name = 'Mine';
    }
    const copy = structuredClone(new Mine('m'));
    equal([copy.constructor, copy.name, copy.message], [Error, 'Error', 'm']);
    const unnamed = new Error();
    equal(Object.hasOwn(structuredClone(unnamed), 'message'), false);
  }];
  yield ['a DOMException', () => {
    const copy = structuredClone(new DOMException('m', 'AbortError'));
    equal([copy instanceof DOMException, copy.name, copy.message, copy.code], [true, 'AbortError', 'm', 20]);
  }];
  yield ['a QuotaExceededError', () => {
    const copy = structuredClone(new QuotaExceededError('m', { quota: 1 }));
    equal([copy instanceof QuotaExceededError, copy.message, copy.quota, copy.requested], [true, 'm', 1, null]);
  }];
  for (const View of VIEWS) {
    yield [View.name, () => {
      const { buffer } = new Uint8Array(32).fill(1);
      const view = new View(buffer, 8, 2);
      const copy = structuredClone(view);
      equal([copy.constructor, copy.byteOffset, copy.byteLength, copy.buffer.byteLength, copy.buffer !== buffer], [View, 8, view.byteLength, 32, true]);
      equal(new Uint8Array(copy.buffer).every((byte) => byte === 1), true);
    }];
  }
  yield ['views of one buffer share its copy', () => {
    const { buffer } = new Uint8Array(4);
    const [a, b, c] = structuredClone([new Uint8Array(buffer), new Int16Array(buffer), buffer]);
    equal([a.buffer === b.buffer, a.buffer === c], [true, true]);
  }];
  yield ['a resizable buffer', () => {
    const copy = structuredClone(new ArrayBuffer(2, { maxByteLength: 8 }));
    equal([copy.byteLength, copy.resizable, copy.maxByteLength], [2, true, 8]);
  }];
  yield ['a detached buffer is refused', () => {
    const buffer = new ArrayBuffer(1);
    buffer.transfer();
    throwsDOM('DataCloneError', () => structuredClone(buffer));
  }];
  yield ['a date', () => {
    equal(structuredClone(new Date(5)).getTime(), 5);
    equal(structuredClone(new Date(NaN)).getTime(), NaN);
  }];
  yield ['a regular expression', () => {
    const original = /a(b)/giu;
    original.lastIndex = 3;
    const copy = structuredClone(original);
    equal([copy.source, copy.flags, copy.lastIndex, copy !== original], ['a(b)', 'giu', 0, true]);
  }];
  yield ['maps and sets', () => {
    const key = {};
    const copy = structuredClone({ key, map: new Map([[key, new Set([key, 1])]]) });
    equal([copy.map.size, copy.map.has(copy.key), copy.map.get(copy.key).has(copy.key)], [1, true, true]);
    equal([...structuredClone(new Set([3, 1, 2]))], [3, 1, 2]);
  }];
  yield ['arrays keep their length, their holes and their properties', () => {
    const array = [1, , 3];
    array.extra = 'x';
    array.length = 5;
    const copy = structuredClone(array);
    equal([copy.length, 1 in copy, copy[2], copy.extra, Array.isArray(copy)], [5, false, 3, 'x', true]);
  }];
  yield ['objects are plain, and have own enumerable properties alone', () => {
    class Mine {
      own = 1;
      get inherited() {
        return 2;
      }
    }
    const object = Object.defineProperty(new Mine(), 'hidden', { value: 3 });
    object[Symbol('s')] = 4;
    const copy = structuredClone(object);
    equal([Object.getPrototypeOf(copy), Reflect.ownKeys(copy).join()], [Object.prototype, 'own']);
    equal(Object.getPrototypeOf(structuredClone(Object.create(null))), Object.prototype);
  }];
  yield ['a property named __proto__', () => {
    const copy = structuredClone(JSON.parse('{"__proto__": {"a": 1}}'));
    equal([Object.hasOwn(copy, '__proto__'), Object.getPrototypeOf(copy)], [true, Object.prototype]);
  }];
  yield ['a tag does not disguise', () => {
    equal(structuredClone({ [Symbol.toStringTag]: 'Promise', a: 1 }).a, 1);
    throwsDOM('DataCloneError', () => structuredClone(Object.defineProperty(Promise.resolve(), Symbol.toStringTag, { value: 'Object' })));
    equal(structuredClone(Math) instanceof Object, true);
  }];
  yield ['getters are called once, in order, and may throw', () => {
    const seen = [];
    const copy = structuredClone({ get a() { seen.push('a'); return 1; }, get b() { seen.push('b'); return 2; } });
    equal([seen.join(), copy.a, Object.getOwnPropertyDescriptor(copy, 'b').value], ['a,b', 1, 2]);
    throws(RangeError, () => structuredClone({ get a() { throw new RangeError(); } }));
  }];
  yield ['a property that a getter removes', () => {
    const copy = structuredClone({ get a() { delete this.b; return 1; }, b: 2 });
    equal(Object.keys(copy), ['a']);
  }];
  yield ['cycles', () => {
    const object = { list: [], map: new Map(), set: new Set(), error: new Error() };
    object.self = object.list[0] = object.error.cause = object;
    object.map.set(object, object.set);
    object.set.add(object.map);
    const copy = structuredClone(object);
    equal([copy.self, copy.list[0], copy.error.cause, copy.map.get(copy), [...copy.set][0]], [copy, copy, copy, copy.set, copy.map]);
  }];
  yield ['a blob', async () => {
    const blob = new Blob(['text'], { type: 'a/b' });
    const copy = structuredClone(blob);
    equal([copy !== blob, copy instanceof Blob, copy.size, copy.type, await copy.text()], [true, true, 4, 'a/b', 'text']);
  }];
});

export const transferring = () => runAll({
  'a buffer is moved': () => {
    const { buffer } = new Uint8Array([1, 2]);
    const copy = structuredClone(buffer, { transfer: [buffer] });
    equal([buffer.detached, buffer.byteLength, new Uint8Array(copy).join()], [true, 0, '1,2']);
  },
  'a view of a moved buffer': () => {
    const view = new Uint8Array([1, 2, 3]).subarray(1);
    const copy = structuredClone({ view }, { transfer: [view.buffer] });
    equal([view.length, copy.view.join(), copy.view.byteOffset], [0, '2,3', 1]);
  },
  'a buffer that is not part of the value': () => {
    const buffer = new ArrayBuffer(1);
    structuredClone(1, { transfer: [buffer] });
    equal(buffer.detached, true);
  },
  'a failure moves nothing': () => {
    const buffer = new ArrayBuffer(1);
    throwsDOM('DataCloneError', () => structuredClone([buffer, () => {}], { transfer: [buffer] }));
    equal(buffer.detached, false);
  },
  'twice the same, or detached, or something else': () => {
    const buffer = new ArrayBuffer(1);
    throwsDOM('DataCloneError', () => structuredClone(1, { transfer: [buffer, buffer] }));
    throwsDOM('DataCloneError', () => structuredClone(1, { transfer: [{}] }));
    throwsDOM('DataCloneError', () => structuredClone(1, { transfer: [new Uint8Array(1)] }));
    equal(buffer.detached, false);
    buffer.transfer();
    throwsDOM('DataCloneError', () => structuredClone(1, { transfer: [buffer] }));
  },
  'the list is a sequence of objects': () => {
    for (const transfer of [null, 1, 'x', {}, [1], ['x'], [null]]) throws(TypeError, () => structuredClone(1, { transfer }));
    for (const options of [1, 'x', true]) throws(TypeError, () => structuredClone(1, options));
    for (const options of [undefined, null, {}, { transfer: undefined }, { transfer: [] }, { transfer: new Set() }]) equal(structuredClone(1, options), 1);
  },
  'a resizable buffer': () => {
    const buffer = new ArrayBuffer(1, { maxByteLength: 4 });
    const copy = structuredClone(buffer, { transfer: [buffer] });
    equal([buffer.detached, copy.resizable, copy.maxByteLength], [true, true, 4]);
  },
});

const INTEGERS = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, BigInt64Array, BigUint64Array];

export const random = () => runAll(function* () {
  for (const View of INTEGERS) {
    yield [`getRandomValues of ${View.name}`, () => {
      const view = new View(32);
      equal(crypto.getRandomValues(view), view);
      equal(view.some((value) => value != 0), true);
      equal(crypto.getRandomValues(new View(0)).length, 0);
      const most = 65_536 / View.BYTES_PER_ELEMENT;
      equal(crypto.getRandomValues(new View(most)).length, most);
    }];
    yield [`getRandomValues of too long a ${View.name}`, () => {
      const { quota } = throws(QuotaExceededError, () => crypto.getRandomValues(new View(65_536 / View.BYTES_PER_ELEMENT + 1)));
      equal(quota, 65_536);
      equal(caught(() => crypto.getRandomValues(new View(70_000))).code, 22);
    }];
  }
  for (const View of [Float16Array, Float32Array, Float64Array]) {
    yield [`getRandomValues of ${View.name}`, () => throwsDOM('TypeMismatchError', () => crypto.getRandomValues(new View(70_000)))];
  }
  yield ['getRandomValues of a DataView', () => throwsDOM('TypeMismatchError', () => crypto.getRandomValues(new DataView(new ArrayBuffer(1))))];
  for (const value of [undefined, null, {}, [], 'x', new ArrayBuffer(1)]) yield ['getRandomValues of what is no view', () => throws(TypeError, () => crypto.getRandomValues(value))];
  for (const view of [new Uint8Array(new SharedArrayBuffer(1)), new Uint8Array(new ArrayBuffer(1, { maxByteLength: 2 }))]) {
    yield ['getRandomValues of a shared or resizable buffer', () => throws(TypeError, () => crypto.getRandomValues(view))];
  }
  yield ['getRandomValues fills the view alone', () => {
    const all = new Uint8Array(64);
    crypto.getRandomValues(all.subarray(16, 48));
    equal([all.slice(0, 16).some(Boolean), all.slice(16, 48).some(Boolean), all.slice(48).some(Boolean)], [false, true, false]);
  }];
  yield ['getRandomValues of a detached buffer', () => {
    const view = new Uint8Array(4);
    view.buffer.transfer();
    equal(crypto.getRandomValues(view), view);
  }];
  yield ['getRandomValues of a class of the script', () => {
    class Mine extends Uint8Array {}
    equal(crypto.getRandomValues(new Mine(8)) instanceof Mine, true);
  }];
  yield ['randomUUID', () => {
    const ids = new Set(Array.from({ length: 100 }, () => crypto.randomUUID()));
    equal(ids.size, 100);
    for (const id of ids) equal(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/.test(id), true, id);
  }];
});

export const clocks = () => runAll({
  'performance.now goes forward from 0': () => {
    const times = Array.from({ length: 100 }, () => performance.now());
    equal(times.every((time, i) => time >= 0 && (i === 0 || time >= times[i - 1])), true);
  },
  'performance.timeOrigin': () => equal(Math.abs(performance.timeOrigin + performance.now() - Date.now()) < 1000, true),
  'performance.toJSON': () => {
    equal(Object.keys(performance.toJSON()), ['timeOrigin']);
    equal(JSON.stringify(performance), `{"timeOrigin":${performance.timeOrigin}}`);
  },
  'performance is an event target': () => {
    let calls = 0;
    performance.addEventListener('x', () => { calls += 1; }, { once: true });
    performance.dispatchEvent(new Event('x'));
    equal(calls, 1);
  },
  'queueMicrotask runs in order with promises, without a receiver': async () => {
    const seen = [];
    queueMicrotask(function () { seen.push(1, this, arguments.length); });
    Promise.resolve().then(() => seen.push(2));
    queueMicrotask(() => seen.push(3));
    seen.push(0);
    await new Promise((resolve) => { setTimeout(resolve, 0); });
    equal(seen, [0, 1, undefined, 0, 2, 3]);
  },
  'queueMicrotask takes a function': () => {
    for (const value of [undefined, null, 1, {}, 'x', { handleEvent() {} }]) throws(TypeError, () => queueMicrotask(value));
  },
});

export const blobs = () => runAll({
  'the parts are a sequence': async () => {
    for (const parts of [['a', 'b'], new Set(['a', 'b']), new String('ab'), new Uint8Array([0, 1])]) equal(new Blob(parts).size, 2);
    for (const parts of [null, 1, 'ab', true, {}, () => {}, Symbol('s')]) throws(TypeError, () => new Blob(parts));
    equal([new Blob().size, new Blob(undefined).size, new Blob(undefined, { type: 'a/b' }).type, new Blob([]).size], [0, 0, 'a/b', 0]);
  },
  'the parts are converted before the options are read, in order': () => {
    const seen = [];
    new Blob([{ toString: () => (seen.push('part'), '') }], recorded({ endings: undefined, type: undefined }, seen));
    equal(seen, ['part', 'endings', 'type']);
  },
  'line endings': async () => {
    const parts = ['a\r\nb\rc\nd', new Uint8Array([13, 10])];
    equal(await new Blob(parts).text(), 'a\r\nb\rc\nd\r\n');
    equal(await new Blob(parts, { endings: 'native' }).text(), 'a\nb\nc\nd\r\n');
    for (const endings of ['', null, 'Native']) throws(TypeError, () => new Blob([], { endings }));
  },
  'the type': () => {
    for (const [given, type] of [['A/B', 'a/b'], ['a/b; c=D', 'a/b; c=d'], ['ž', ''], ['a\n', ''], [null, 'null'], [undefined, ''], [1, '1']]) equal(new Blob([], { type: given }).type, type);
    throws(TypeError, () => new Blob([], 1));
  },
  'resizable and shared buffers are refused, detached ones empty': () => {
    for (const buffer of [new ArrayBuffer(1, { maxByteLength: 2 }), new SharedArrayBuffer(1)]) throws(TypeError, () => new Blob([new Uint8Array(buffer)]));
    const detached = new ArrayBuffer(4);
    detached.transfer();
    equal(new Blob([detached]).size, 0);
  },
  'slices clamp, and round to even': () => {
    const blob = new Blob(['0123456789']);
    for (const [args, size] of [[[0.5], 10], [[1.5], 8], [[-0.5], 10], [[-2.5], 2], [[NaN], 10], [['3'], 7], [[null], 10], [[-Infinity], 10], [[2 ** 60], 0], [[0, undefined], 10], [[0, null], 0]]) equal(blob.slice(...args).size, size, String(args));
    throws(TypeError, () => blob.slice(1n));
  },
  'reading a stranger is a rejection': async () => {
    for (const method of ['text', 'arrayBuffer', 'bytes']) equal((await Blob.prototype[method].call({}).catch((error) => error)).constructor, TypeError);
  },
});
