// k6/data: arrays that all virtual users share.

import { isAsyncFunction } from 'wasock:async-function';
import { deepFreeze } from 'wasock:deep-freeze';
import { GoError } from 'wasock:errors';
import { native } from 'wasock:native';
import { isArray, ownKeys, parseJson } from 'wasock:primordials';
import { inInit } from 'wasock:turn';

const { String: toStringValue } = globalThis;

/** The largest index of an array. https://tc39.es/ecma262/#array-index */
const MAX_INDEX = 2 ** 32 - 2;

/** The most elements of a shared array: more than fit into the memory that any virtual user can have. */
const MAX_ELEMENTS = 2 ** 27;

const immutable = () => new TypeError('SharedArray is immutable');

/** The index that a property key is; -1 for every other key. */
function toIndex(key) {
  if (typeof key !== 'string') return -1;
  const number = key >>> 0;
  return number <= MAX_INDEX && toStringValue(number) === key ? number : -1;
}

const refuse = () => {
  throw immutable();
};

/**
 * Makes an array look as if it had the elements that the host keeps. Each is parsed when it is asked
 * for; the array itself stays empty.
 */
class SharedHandler {
  #array;
  #length;

  constructor(array) {
    this.#array = array;
    this.#length = native.sharedLength(array);
  }

  #element(index) {
    return deepFreeze(parseJson(native.sharedElement(this.#array, index)));
  }

  get(target, key, receiver) {
    if (key === 'length') return this.#length;
    const index = toIndex(key);
    if (index < 0) return Reflect.get(target, key, receiver);
    return index < this.#length ? this.#element(index) : undefined;
  }

  has(target, key) {
    const index = toIndex(key);
    return index < 0 ? Reflect.has(target, key) : index < this.#length;
  }

  ownKeys(target) {
    const names = [];
    for (let i = 0; i < this.#length; i++) names[i] = toStringValue(i);
    return [...names, ...ownKeys(target)];
  }

  getOwnPropertyDescriptor(target, key) {
    // What a proxy says of a property that its target lacks must be open to change.
    const open = { writable: true, enumerable: true, configurable: true };
    if (key === 'length') {
      return { ...open, value: this.#length, enumerable: false, configurable: false };
    }
    const index = toIndex(key);
    if (index < 0) return Reflect.getOwnPropertyDescriptor(target, key);
    return index < this.#length ? { ...open, value: this.#element(index) } : undefined;
  }

  set = refuse;
  defineProperty = refuse;
  deleteProperty = refuse;
  setPrototypeOf = refuse;
  preventExtensions = refuse;
}

function elementsOf(make) {
  const elements = make();
  if (!isArray(elements)) throw new GoError('only arrays can be made into SharedArray');
  if (elements.length > MAX_ELEMENTS) {
    throw new GoError(
      `a SharedArray has at most ${MAX_ELEMENTS} elements, and this has ${elements.length}`,
    );
  }
  return elements;
}

/** The host's array of this name, made of what `make` returns if there is none. */
function shared(name, make) {
  let scriptThrew = false;
  try {
    return native.sharedArray(name, () => {
      scriptThrew = true;
      const elements = elementsOf(make);
      scriptThrew = false;
      return elements;
    });
  } catch (error) {
    // The host's failures are plain errors; values that JSON cannot hold throw others.
    if (scriptThrew || error.constructor !== Error) throw error;
    throw new GoError(error.message);
  }
}

/**
 * An array that exists once in the whole test: `make` is called by the first virtual user that needs
 * it, and what it returns is kept by the host. An element is a frozen copy each time it is read.
 */
export class SharedArray {
  constructor(name, make) {
    if (!inInit()) throw new GoError('new SharedArray must be called in the init context');
    const text = name === undefined || name === null ? '' : toStringValue(name);
    if (text === '') throw new GoError("empty name provided to SharedArray's constructor");
    if (typeof make !== 'function') {
      throw new GoError(
        "a function is expected as the second argument of SharedArray's constructor",
      );
    }
    if (isAsyncFunction(make)) {
      throw new GoError(
        'SharedArray constructor does not support async functions as second argument',
      );
    }
    // biome-ignore lint/correctness/noConstructorReturn: an array it is, as in k6
    return new Proxy([], new SharedHandler(shared(text, make)));
  }
}

export default { SharedArray };
