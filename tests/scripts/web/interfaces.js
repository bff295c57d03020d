// What the interfaces look like from outside, by the rules of Web IDL: a table of their members,
// and one check for all. https://webidl.spec.whatwg.org/#js-interfaces

import { Blob, WebSocket } from 'k6/websockets';
import { caught, equal, runAll, throws } from './subtests.js';

const EVENT_PHASES = { NONE: 0, CAPTURING_PHASE: 1, AT_TARGET: 2, BUBBLING_PHASE: 3 };

const ERROR_CODES = ['INDEX_SIZE', 'DOMSTRING_SIZE', 'HIERARCHY_REQUEST', 'WRONG_DOCUMENT', 'INVALID_CHARACTER', 'NO_DATA_ALLOWED', 'NO_MODIFICATION_ALLOWED', 'NOT_FOUND', 'NOT_SUPPORTED', 'INUSE_ATTRIBUTE', 'INVALID_STATE', 'SYNTAX', 'INVALID_MODIFICATION', 'NAMESPACE', 'INVALID_ACCESS', 'VALIDATION', 'TYPE_MISMATCH', 'SECURITY', 'NETWORK', 'ABORT', 'URL_MISMATCH', 'QUOTA_EXCEEDED', 'TIMEOUT', 'INVALID_NODE_TYPE', 'DATA_CLONE'];

/**
 * `length` of the constructor, `readonly` and `writable` attributes, `operations` and `statics` with
 * their lengths, `constants`; `make` gives an instance.
 */
const INTERFACES = {
  EventTarget: {
    length: 0,
    operations: { addEventListener: 2, removeEventListener: 2, dispatchEvent: 1 },
    make: () => new EventTarget(),
  },
  Event: {
    length: 1,
    // `timestamp` is k6's.
    readonly: ['type', 'target', 'srcElement', 'currentTarget', 'eventPhase', 'bubbles', 'cancelable', 'defaultPrevented', 'composed', 'isTrusted', 'timeStamp', 'timestamp'],
    writable: ['cancelBubble', 'returnValue'],
    operations: { composedPath: 0, stopPropagation: 0, stopImmediatePropagation: 0, preventDefault: 0, initEvent: 1 },
    constants: EVENT_PHASES,
    make: () => new Event('x'),
  },
  CustomEvent: {
    parent: 'Event',
    length: 1,
    readonly: ['detail'],
    operations: { initCustomEvent: 1 },
    make: () => new CustomEvent('x'),
  },
  MessageEvent: {
    parent: 'Event',
    length: 1,
    readonly: ['data', 'origin', 'lastEventId', 'source', 'ports'],
    operations: { initMessageEvent: 1 },
    make: () => new MessageEvent('x'),
  },
  CloseEvent: {
    parent: 'Event',
    length: 1,
    readonly: ['wasClean', 'code', 'reason'],
    make: () => new CloseEvent('x'),
  },
  ErrorEvent: {
    parent: 'Event',
    length: 1,
    readonly: ['message', 'filename', 'lineno', 'colno', 'error'],
    make: () => new ErrorEvent('x'),
  },
  DOMException: {
    base: Error.prototype,
    length: 0,
    readonly: ['name', 'message', 'code'],
    constants: Object.fromEntries(ERROR_CODES.map((name, i) => [`${name}_ERR`, i + 1])),
    make: () => new DOMException('x'),
  },
  QuotaExceededError: {
    parent: 'DOMException',
    stringifies: true,
    length: 0,
    readonly: ['quota', 'requested'],
    make: () => new QuotaExceededError(),
  },
  AbortController: {
    length: 0,
    readonly: ['signal'],
    operations: { abort: 0 },
    make: () => new AbortController(),
  },
  AbortSignal: {
    parent: 'EventTarget',
    length: 0,
    illegal: true,
    readonly: ['aborted', 'reason'],
    writable: ['onabort'],
    operations: { throwIfAborted: 0 },
    statics: { abort: 0, timeout: 1, any: 1 },
    make: () => AbortSignal.abort(),
  },
  URL: {
    length: 1,
    readonly: ['origin', 'searchParams'],
    writable: ['href', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'hash'],
    operations: { toJSON: 0, toString: 0 },
    statics: { parse: 1, canParse: 1 },
    arguments: ['ws://h/'],
    make: () => new URL('ws://h/'),
    stringifies: true,
  },
  URLSearchParams: {
    length: 0,
    readonly: ['size'],
    operations: { append: 2, delete: 1, get: 1, getAll: 1, has: 1, set: 2, sort: 0, toString: 0, entries: 0, forEach: 1, keys: 0, values: 0 },
    make: () => new URLSearchParams(),
    stringifies: true,
  },
  TextEncoder: {
    length: 0,
    readonly: ['encoding'],
    operations: { encode: 0, encodeInto: 2 },
    make: () => new TextEncoder(),
  },
  TextDecoder: {
    length: 0,
    readonly: ['encoding', 'fatal', 'ignoreBOM'],
    operations: { decode: 0 },
    arguments: ['utf-8'],
    make: () => new TextDecoder(),
  },
  Performance: {
    parent: 'EventTarget',
    length: 0,
    illegal: true,
    readonly: ['timeOrigin'],
    operations: { now: 0, toJSON: 0 },
    make: () => performance,
  },
  Crypto: {
    length: 0,
    illegal: true,
    readonly: ['subtle'],
    operations: { getRandomValues: 1, randomUUID: 0 },
    make: () => crypto,
  },
  SubtleCrypto: {
    length: 0,
    illegal: true,
    operations: { digest: 2, generateKey: 3, importKey: 5, exportKey: 2, sign: 3, verify: 4 },
    promises: ['digest', 'generateKey', 'importKey', 'exportKey', 'sign', 'verify'],
    make: () => crypto.subtle,
  },
  Blob: {
    imported: Blob,
    length: 0,
    readonly: ['size', 'type'],
    operations: { slice: 0, text: 0, arrayBuffer: 0, bytes: 0, stream: 0 },
    promises: ['text', 'arrayBuffer', 'bytes'],
    arguments: [[]],
    make: () => new Blob(),
  },
  WebSocket: {
    imported: WebSocket,
    parent: 'EventTarget',
    length: 1,
    // `handshake` is wasock's; `onping`, `onpong` and `ping` are k6's.
    readonly: ['url', 'readyState', 'bufferedAmount', 'extensions', 'protocol', 'handshake'],
    writable: ['binaryType', 'onopen', 'onmessage', 'onerror', 'onclose', 'onping', 'onpong'],
    operations: { send: 1, close: 0, ping: 0 },
    constants: { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 },
    arguments: ['ws://127.0.0.1:1/'],
    make: () => {
      const socket = new WebSocket('ws://127.0.0.1:1/');
      socket.close();
      return socket;
    },
  },
};

const descriptorOf = Object.getOwnPropertyDescriptor;
const interfaceObject = (name) => INTERFACES[name].imported ?? globalThis[name];

/** The letters of what a property is: writable, enumerable, configurable. */
const flags = ({ writable, enumerable, configurable }) => `${writable ? 'w' : ''}${enumerable ? 'e' : ''}${configurable ? 'c' : ''}`;

function checkFunction(call, name, length) {
  equal(typeof call, 'function', 'type');
  equal(call.name, name, 'name');
  equal(call.length, length, 'length');
  equal('prototype' in call && name !== 'constructor', false, 'it has a prototype');
  throws(TypeError, () => new call(), 'constructing it');
}

/** Receivers that are no instances. */
const strangers = (prototype) => [undefined, null, {}, 1, Object.create(prototype), prototype];

function* members(name, { readonly = [], writable = [], operations = {}, statics = {}, constants = {}, promises = [] }) {
  const Class = interfaceObject(name);
  const { prototype } = Class;
  for (const attribute of [...readonly, ...writable]) {
    yield [`${name}.${attribute}`, () => {
      const descriptor = descriptorOf(prototype, attribute);
      equal(flags(descriptor), 'ec');
      checkFunction(descriptor.get, `get ${attribute}`, 0);
      if (readonly.includes(attribute)) equal(descriptor.set, undefined);
      else checkFunction(descriptor.set, `set ${attribute}`, 1);
    }];
    yield [`${name}.${attribute} has a brand`, () => {
      const { get, set } = descriptorOf(prototype, attribute);
      for (const stranger of strangers(prototype)) {
        throws(TypeError, () => get.call(stranger), 'the getter');
        if (set !== undefined) throws(TypeError, () => set.call(stranger, 'x'), 'the setter');
      }
    }];
  }
  for (const [operation, length] of Object.entries(operations)) {
    yield [`${name}.${operation}()`, () => {
      const descriptor = descriptorOf(prototype, operation);
      equal(flags(descriptor), 'wec');
      checkFunction(descriptor.value, operation, length);
    }];
    yield [`${name}.${operation}() has a brand`, async () => {
      const call = prototype[operation];
      for (const stranger of strangers(prototype)) {
        const args = new Array(length).fill(() => {});
        if (promises.includes(operation)) equal((await call.apply(stranger, args).catch((error) => error)).constructor, TypeError);
        else throws(TypeError, () => call.apply(stranger, args), 'the operation');
      }
    }];
    if (length === 0) continue;
    yield [`${name}.${operation}() needs its arguments`, async ({ make } = INTERFACES[name]) => {
      const instance = make();
      for (let i = 0; i < length; i++) {
        const call = () => instance[operation](...new Array(i).fill('x'));
        if (promises.includes(operation)) equal((await call().catch((error) => error)).constructor, TypeError);
        else throws(TypeError, call, `${i} arguments`);
      }
    }];
  }
  for (const [operation, length] of Object.entries(statics)) {
    yield [`static ${name}.${operation}()`, () => {
      const descriptor = descriptorOf(Class, operation);
      equal(flags(descriptor), 'wec');
      checkFunction(descriptor.value, operation, length);
    }];
    if (length > 0) yield [`static ${name}.${operation}() needs its arguments`, () => throws(TypeError, () => Class[operation]())];
  }
  for (const [constant, value] of Object.entries(constants)) {
    yield [`${name}.${constant}`, () => {
      for (const holder of [Class, prototype]) {
        const descriptor = descriptorOf(holder, constant);
        equal(flags(descriptor), 'e');
        equal(descriptor.value, value);
        throws(TypeError, () => { holder[constant] = 9; }, 'assigning');
      }
    }];
  }
}

function* shape(name, table) {
  const Class = interfaceObject(name);
  const { prototype } = Class;
  const { parent, length, illegal = false, base } = table;
  if (table.imported === undefined) {
    yield [`${name} is a global`, () => equal(flags(descriptorOf(globalThis, name)), 'wc')];
  } else {
    yield [`${name} is no global`, () => equal(name in globalThis, false)];
  }
  yield [`${name} is an interface object`, () => {
    equal(typeof Class, 'function');
    equal(flags(descriptorOf(Class, 'length')), 'c');
    equal(flags(descriptorOf(Class, 'name')), 'c');
    equal(Class.length, length, 'length');
    equal(Class.name, name, 'name');
    equal(Object.getPrototypeOf(Class), parent === undefined ? Function.prototype : interfaceObject(parent), 'prototype');
  }];
  yield [`${name} is called with new`, () => {
    throws(TypeError, () => Class('ws://h/'));
    if (illegal) throws(TypeError, () => new Class());
    for (let i = 0; i < length; i++) throws(TypeError, () => new Class());
  }];
  yield [`${name}.prototype`, () => {
    equal(flags(descriptorOf(Class, 'prototype')), '');
    equal(Object.getPrototypeOf(prototype), parent === undefined ? base ?? Object.prototype : interfaceObject(parent).prototype);
    equal(prototype.constructor, Class);
    equal(flags(descriptorOf(prototype, 'constructor')), 'wc');
    const tag = descriptorOf(prototype, Symbol.toStringTag);
    equal(flags(tag), 'c');
    equal(tag.value, name);
  }];
  yield [`${name} has no other members`, () => {
    const { readonly = [], writable = [], operations = {}, statics = {}, constants = {} } = table;
    const expected = ['constructor', ...readonly, ...writable, ...Object.keys(operations), ...Object.keys(constants)];
    equal(Object.getOwnPropertyNames(prototype).sort(), expected.sort());
    equal(Object.getOwnPropertyNames(Class).sort(), ['length', 'name', 'prototype', ...Object.keys(statics), ...Object.keys(constants)].sort());
  }];
  yield [`an instance of ${name}`, () => {
    const instance = table.make();
    equal(instance instanceof Class, true);
    equal(Object.getOwnPropertyNames(instance).join(), '');
    equal(Object.prototype.toString.call(instance), `[object ${name}]`);
    if (!table.stringifies && table.base === undefined) equal(`${instance}`, `[object ${name}]`);
  }];
  if (illegal) return;
  yield [`${name} can be extended`, () => {
    class Extended extends Class {}
    const instance = new Extended(...(table.arguments ?? ['x']));
    if (name === 'WebSocket') instance.close();
    equal(instance instanceof Extended, true);
    equal(Object.getPrototypeOf(instance), Extended.prototype);
  }];
}

function* everything() {
  for (const [name, table] of Object.entries(INTERFACES)) {
    yield* shape(name, table);
    yield* members(name, table);
  }
}

export const interfaces = () => runAll(everything);

const FUNCTIONS = { atob: 1, btoa: 1, queueMicrotask: 1, structuredClone: 1, setTimeout: 1, setInterval: 1, clearTimeout: 0, clearInterval: 0 };

export const functions = () => runAll(function* () {
  for (const [name, length] of Object.entries(FUNCTIONS)) {
    yield [name, () => {
      const descriptor = descriptorOf(globalThis, name);
      equal(flags(descriptor), 'wec');
      equal(descriptor.value.name, name);
      equal(descriptor.value.length, length);
    }];
  }
  for (const name of ['atob', 'btoa', 'queueMicrotask', 'structuredClone']) {
    yield [`${name} needs its argument`, () => equal(caught(() => globalThis[name]())?.constructor, TypeError)];
  }
  for (const name of ['console', 'crypto', 'performance']) {
    yield [name, () => equal(typeof globalThis[name], 'object')];
  }
});
