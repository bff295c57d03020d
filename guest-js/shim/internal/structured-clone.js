// structuredClone. https://html.spec.whatwg.org/multipage/structured-data.html

import { Blob, blobBytes } from 'wasock:blob';
import { DOMException } from 'wasock:dom-exception';
import { isArray, isArrayBuffer, isView, keys, viewedBytes } from 'wasock:primordials';
import { requireArguments, toDictionary } from 'wasock:webidl';

/** The constructors of errors that are cloned as themselves; others become Error. */
const ERRORS = {
  __proto__: null,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
};

function refuse(value) {
  const what =
    typeof value === 'function'
      ? `the function '${value.name}'`
      : Object.prototype.toString.call(value);
  throw new DOMException(`${what} could not be cloned`, 'DataCloneError');
}

function cloneBuffer(buffer, { transfer }) {
  return transfer.has(buffer) ? buffer.transfer() : buffer.slice(0);
}

function cloneView(view, state) {
  const { buffer, offset, length } = viewedBytes(view);
  const copy = clone(buffer, state);
  if (view instanceof DataView) return new DataView(copy, offset, length);
  return new view.constructor(copy, offset, length / view.BYTES_PER_ELEMENT);
}

function cloneError(error, state) {
  const copy = Object.create((ERRORS[error.name] ?? Error).prototype);
  for (const key of ['message', 'stack', 'cause']) {
    if (!Object.hasOwn(error, key)) continue;
    const value = key === 'cause' ? clone(error.cause, state) : String(error[key]);
    Object.defineProperty(copy, key, { value, writable: true, configurable: true });
  }
  return copy;
}

/** Makes the clone of an object as far as it does not hold others; null if it must be refused. */
function shallow(value, state) {
  if (isArray(value)) return new Array(value.length);
  if (value instanceof Date) return new Date(value.getTime());
  if (value instanceof RegExp) return new RegExp(value.source, value.flags);
  if (value instanceof Map) return new Map();
  if (value instanceof Set) return new Set();
  if (isArrayBuffer(value)) return cloneBuffer(value, state);
  if (isView(value)) return cloneView(value, state);
  if (blobBytes(value) !== null) return new Blob([value], { type: value.type });
  if (value instanceof Error) return cloneError(value, state);
  if (value instanceof Boolean || value instanceof Number || value instanceof String) {
    return Object(value.valueOf());
  }
  if (value instanceof Promise || value instanceof WeakMap || value instanceof WeakSet) return null;
  return Object.prototype.toString.call(value) === '[object Object]' ? {} : null;
}

const holdsEntries = (value) =>
  isArray(value) || Object.prototype.toString.call(value) === '[object Object]';

function clone(value, state) {
  if (typeof value === 'symbol' || typeof value === 'function') refuse(value);
  if (typeof value !== 'object' || value === null) return value;
  if (state.seen.has(value)) return state.seen.get(value);
  const copy = shallow(value, state);
  if (copy === null) refuse(value);
  state.seen.set(value, copy);
  if (value instanceof Map) {
    for (const [key, item] of [...value]) copy.set(clone(key, state), clone(item, state));
  } else if (value instanceof Set) {
    for (const item of [...value]) copy.add(clone(item, state));
  } else if (holdsEntries(value)) {
    for (const key of keys(value)) copy[key] = clone(value[key], state);
  }
  return copy;
}

/** A deep copy. `options.transfer` takes ArrayBuffers, which are moved instead. */
export function structuredClone(value, options = {}) {
  requireArguments(arguments.length, 1, 'structuredClone');
  const { transfer = [] } = toDictionary(options, 'the options of structuredClone');
  const list = [...transfer];
  if (!list.every(isArrayBuffer)) {
    throw new DOMException('Only an ArrayBuffer can be transferred', 'DataCloneError');
  }
  const state = { seen: new Map(), transfer: new Set(list) };
  const result = clone(value, state);
  for (const buffer of list) {
    if (!buffer.detached) buffer.transfer();
  }
  return result;
}
