// The parts of the language that the shim's dispatch stands on, taken before any script can patch
// them. Hot paths use these and plain indexing; they call no method that a script can replace.

export const { apply, ownKeys, construct } = Reflect;
export const {
  create: createObject,
  defineProperty,
  entries,
  freeze,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  hasOwn,
  keys,
  setPrototypeOf,
} = Object;
export const { isArray } = Array;
export const { isNaN: isNotANumber, isFinite: isFiniteNumber, isInteger } = Number;
export const { max, min, trunc } = Math;
export const { isView } = ArrayBuffer;
export const { parse: parseJson, stringify: stringifyJson } = JSON;
export const { fromCharCode } = String;
export const { iterator: iteratorSymbol } = Symbol;

const { then } = Promise.prototype;
export const promiseThen = (promise, onFulfilled) => apply(then, promise, [onFulfilled]);
export const resolvedPromise = Promise.resolve.bind(Promise);
export const rejectedPromise = Promise.reject.bind(Promise);

const NO_ARGUMENTS = [];
const TypedArray = getPrototypeOf(Uint8Array);

/** Turns an accessor into a function that takes the receiver. */
function getter(prototype, name) {
  const { get } = getOwnPropertyDescriptor(prototype, name);
  return (receiver) => apply(get, receiver, NO_ARGUMENTS);
}

const typedArrayBuffer = getter(TypedArray.prototype, 'buffer');
const typedArrayOffset = getter(TypedArray.prototype, 'byteOffset');
const typedArrayLength = getter(TypedArray.prototype, 'byteLength');
const dataViewBuffer = getter(DataView.prototype, 'buffer');
const dataViewOffset = getter(DataView.prototype, 'byteOffset');
const dataViewLength = getter(DataView.prototype, 'byteLength');
const bufferLength = getter(ArrayBuffer.prototype, 'byteLength');
const bufferIsResizable = getter(ArrayBuffer.prototype, 'resizable');

/** The name of a typed array's class, or undefined for every other value. */
export const typedArrayName = getter(TypedArray.prototype, Symbol.toStringTag);

/** Whether a value is an `ArrayBuffer`, of whatever prototype. */
export function isArrayBuffer(value) {
  if (typeof value !== 'object' || value === null) return false;
  try {
    bufferLength(value);
    return true;
  } catch {
    return false;
  }
}

/** Whether a buffer is an `ArrayBuffer` whose length cannot change: neither shared nor resizable. */
export function isFixedBuffer(buffer) {
  try {
    return !bufferIsResizable(buffer);
  } catch {
    return false;
  }
}

function dataViewBytes(view) {
  const buffer = dataViewBuffer(view);
  try {
    return { buffer, offset: dataViewOffset(view), length: dataViewLength(view) };
  } catch {
    // Its buffer is detached, or too short for it by now.
    return { buffer, offset: 0, length: 0 };
  }
}

/**
 * The bytes that an `ArrayBuffer` or a view of a buffer stands for, as `{buffer, offset, length}`,
 * or null for every other value.
 */
export function viewedBytes(value) {
  if (isView(value)) {
    if (typedArrayName(value) === undefined) return dataViewBytes(value);
    return {
      buffer: typedArrayBuffer(value),
      offset: typedArrayOffset(value),
      length: typedArrayLength(value),
    };
  }
  if (isArrayBuffer(value)) {
    return { buffer: value, offset: 0, length: bufferLength(value) };
  }
  return null;
}
