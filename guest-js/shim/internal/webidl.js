// The rules of Web IDL that the classes here share. https://webidl.spec.whatwg.org/

import {
  apply,
  defineProperty,
  freeze,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  isFiniteNumber,
  isFixedBuffer,
  isNotANumber,
  iteratorSymbol,
  ownKeys,
  setPrototypeOf,
  trunc,
  viewedBytes,
} from 'wasock:primordials';

const { String: toStringValue } = globalThis;
const { isWellFormed, toWellFormed } = String.prototype;

/** What a class and its prototype have by themselves, which are no members of the interface. */
const OWN_OF_CLASS = ['length', 'name', 'prototype'];
const OWN_OF_PROTOTYPE = ['constructor'];

/** A constructor that returns the object it is given, so that a subclass puts its fields on it. */
export class Given extends null {
  constructor(object) {
    // biome-ignore lint/correctness/noConstructorReturn: this is what it is for
    return object;
  }
}

/** The prototypes of all interfaces. */
const prototypes = [];

function defineTag(prototype, tag) {
  defineProperty(prototype, Symbol.toStringTag, { value: tag, configurable: true });
}

/**
 * Gives a class the shape of an IDL interface: enumerable members, a `toStringTag`, and constants
 * on the class and on its prototype. https://webidl.spec.whatwg.org/#interface-prototype-object
 */
export function defineInterface(Class, constants = {}) {
  for (const [holder, own] of [
    [Class, OWN_OF_CLASS],
    [Class.prototype, OWN_OF_PROTOTYPE],
  ]) {
    for (const key of ownKeys(holder)) {
      if (typeof key !== 'string' || own.includes(key)) continue;
      const descriptor = getOwnPropertyDescriptor(holder, key);
      if (descriptor.configurable) defineProperty(holder, key, { enumerable: true });
    }
    for (const name of ownKeys(constants)) {
      defineProperty(holder, name, { value: constants[name], enumerable: true });
    }
  }
  defineTag(Class.prototype, Class.name);
  prototypes[prototypes.length] = Class.prototype;
}

/**
 * Gives the class of an interface's iterators the shape of an iterator prototype object.
 * https://webidl.spec.whatwg.org/#es-iterator-prototype-object
 */
export function defineIterator(Class, name) {
  setPrototypeOf(Class.prototype, Iterator.prototype);
  delete Class.prototype.constructor;
  defineProperty(Class.prototype, 'next', { enumerable: true });
  defineTag(Class.prototype, `${name} Iterator`);
}

/** Whether an object implements one of the interfaces here. */
export function isPlatformObject(object) {
  for (let at = getPrototypeOf(object); at !== null; at = getPrototypeOf(at)) {
    for (let i = 0; i < prototypes.length; i++) {
      if (prototypes[i] === at) return true;
    }
  }
  return false;
}

/** What a constructor that is not for scripts is given here. */
export const INTERNAL = {};

/** Throws unless it is the shim that constructs. */
export function requireInternal(token) {
  if (token !== INTERNAL) throw new TypeError('Illegal constructor');
}

/** Throws what Web IDL throws when a call has too few arguments. */
export function requireArguments(given, needed, what) {
  if (given < needed) {
    throw new TypeError(
      `${what}: ${needed} argument${needed === 1 ? '' : 's'} required, but only ${given} present`,
    );
  }
}

/** https://webidl.spec.whatwg.org/#js-DOMString */
export function toDOMString(value) {
  if (typeof value === 'string') return value;
  if (typeof value === 'symbol') throw new TypeError('a Symbol cannot be converted to a string');
  return toStringValue(value);
}

/** https://webidl.spec.whatwg.org/#js-USVString */
export function toUSVString(value) {
  const string = toDOMString(value);
  return apply(isWellFormed, string, []) ? string : apply(toWellFormed, string, []);
}

/** Halves round to even. */
function rounded(number) {
  const whole = trunc(number);
  const rest = number - whole;
  const away = rest > 0.5 || rest < -0.5 || ((rest === 0.5 || rest === -0.5) && whole % 2 !== 0);
  return away ? whole + (rest < 0 ? -1 : 1) : whole;
}

/** `[Clamp]`. https://webidl.spec.whatwg.org/#abstract-opdef-converttoint */
function toClamped(value, lowest, highest) {
  const number = +value;
  if (isNotANumber(number)) return 0;
  if (number <= lowest) return lowest;
  return number >= highest ? highest : rounded(number);
}

/** `[Clamp] unsigned short`. */
export const toClampedUnsignedShort = (value) => toClamped(value, 0, 0xffff);

/** `[Clamp] long long`. */
export const toClampedLongLong = (value) =>
  toClamped(value, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);

/** `[EnforceRange] unsigned long long`. */
export function toEnforcedUnsignedLongLong(value) {
  const number = +value;
  const whole = trunc(number);
  if (!isFiniteNumber(number) || whole < 0 || whole > Number.MAX_SAFE_INTEGER) {
    throw new TypeError(`${number} is not an integer from 0 to ${Number.MAX_SAFE_INTEGER}`);
  }
  return whole;
}

/** `unsigned short`: the lowest 16 bits. */
export const toUnsignedShort = (value) => +value & 0xffff;

/** `unsigned long`: the lowest 32 bits. */
export const toUnsignedLong = (value) => +value >>> 0;

/** Whether a value is an object, or a function. */
export const isObject = (value) =>
  (typeof value === 'object' && value !== null) || typeof value === 'function';

/** A dictionary: undefined and null stand for an empty one. https://webidl.spec.whatwg.org/#js-dictionary */
export function toDictionary(value, what) {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw new TypeError(`${what} is not an object`);
  return value;
}

/** The member of a dictionary, converted; `missing` if it is undefined. */
export function member(dictionary, name, convert, missing) {
  const value = dictionary[name];
  return value === undefined ? missing : convert(value);
}

/** The method by which a value can be iterated, or undefined. https://tc39.es/ecma262/#sec-getmethod */
export function iteratorMethod(value) {
  if (!isObject(value)) return undefined;
  const method = value[iteratorSymbol];
  if (method === undefined || method === null) return undefined;
  if (typeof method !== 'function') throw new TypeError('Symbol.iterator is not a function');
  return method;
}

/** The elements that `method` of an object iterates over. https://webidl.spec.whatwg.org/#create-sequence-from-iterable */
export function sequenceFrom(iterable, method, convert) {
  const iterator = apply(method, iterable, []);
  if (!isObject(iterator)) throw new TypeError('the iterator is not an object');
  const { next } = iterator;
  const result = [];
  for (;;) {
    const step = apply(next, iterator, []);
    if (!isObject(step)) throw new TypeError('the result of an iterator is not an object');
    if (step.done) return result;
    result[result.length] = convert(step.value);
  }
}

/** https://webidl.spec.whatwg.org/#js-sequence */
export function toSequence(value, convert, what) {
  const method = iteratorMethod(value);
  if (method === undefined) throw new TypeError(`${what} is not a sequence`);
  return sequenceFrom(value, method, convert);
}

/**
 * The enumerable entries of an object, as a list of pairs. Of keys that are equal after the
 * conversion the last one counts. https://webidl.spec.whatwg.org/#js-record
 */
export function toRecord(value, convertKey, convertValue) {
  const result = [];
  for (const key of ownKeys(value)) {
    if (getOwnPropertyDescriptor(value, key)?.enumerable !== true) continue;
    const name = convertKey(key);
    const item = convertValue(value[key]);
    const known = result.find((pair) => pair[0] === name);
    if (known === undefined) result.push([name, item]);
    else known[1] = item;
  }
  return result;
}

/** Stands for no bytes, in the place of buffers that may be detached. */
const NO_BYTES = freeze({ buffer: new ArrayBuffer(0), offset: 0, length: 0 });

/**
 * The bytes of a `BufferSource`, see `viewedBytes`; null if the value is none. Shared and resizable
 * buffers throw. https://webidl.spec.whatwg.org/#js-buffer-source-types
 */
export function toBufferSource(value) {
  const viewed = viewedBytes(value);
  if (viewed === null) return null;
  if (!isFixedBuffer(viewed.buffer)) throw new TypeError('the buffer is shared or resizable');
  return viewed.length === 0 ? NO_BYTES : viewed;
}

/** A callback function. https://webidl.spec.whatwg.org/#js-callback-function */
export function toCallbackFunction(value, what) {
  if (typeof value !== 'function') throw new TypeError(`${what} is not a function`);
  return value;
}
