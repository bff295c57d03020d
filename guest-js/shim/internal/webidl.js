// The rules of Web IDL that the classes here share. https://webidl.spec.whatwg.org/

import {
  defineProperty,
  getOwnPropertyDescriptor,
  isNotANumber,
  ownKeys,
  trunc,
} from 'wasock:primordials';

const { String: toStringValue, Number: toNumberValue } = globalThis;
const isWellFormed = String.prototype.isWellFormed;
const toWellFormed = String.prototype.toWellFormed;

/**
 * Gives a class the shape of an IDL interface: enumerable members, a `toStringTag`, and constants
 * on the class and on its prototype. https://webidl.spec.whatwg.org/#interface-prototype-object
 */
export function defineInterface(Class, constants = {}) {
  for (const holder of [Class, Class.prototype]) {
    for (const key of ownKeys(holder)) {
      if (typeof key !== 'string' || ['constructor', 'prototype', 'name', 'length'].includes(key)) {
        continue;
      }
      const descriptor = getOwnPropertyDescriptor(holder, key);
      if (descriptor.configurable) defineProperty(holder, key, { enumerable: true });
    }
    for (const name of ownKeys(constants)) {
      defineProperty(holder, name, { value: constants[name], enumerable: true });
    }
  }
  defineProperty(Class.prototype, Symbol.toStringTag, { value: Class.name, configurable: true });
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
  return isWellFormed.call(string) ? string : toWellFormed.call(string);
}

/** `[Clamp] unsigned short`. https://webidl.spec.whatwg.org/#abstract-opdef-converttoint */
export function toClampedUnsignedShort(value) {
  const number = toNumberValue(value);
  if (isNotANumber(number) || number <= 0) return 0;
  if (number >= 65_535) return 65_535;
  // Halves round to even.
  const whole = trunc(number);
  const rest = number - whole;
  return rest > 0.5 || (rest === 0.5 && whole % 2 === 1) ? whole + 1 : whole;
}

/** `unsigned short`: the lowest 16 bits. */
export function toUnsignedShort(value) {
  return toNumberValue(value) & 0xffff;
}

/** `unsigned long long`, as far as a number can tell. */
export function toInteger(value) {
  const number = trunc(toNumberValue(value));
  return isNotANumber(number) ? 0 : number;
}

/** A dictionary: undefined and null stand for an empty one. https://webidl.spec.whatwg.org/#js-dictionary */
export function toDictionary(value, what) {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' && typeof value !== 'function') {
    throw new TypeError(`${what} is not an object`);
  }
  return value;
}
