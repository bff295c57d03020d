// structuredClone. https://html.spec.whatwg.org/multipage/structured-data.html
//
// As in the standard, a value is serialised first, which may call its getters and may fail, and only
// then are buffers moved and objects made. A serialised object is a `Record`.

import { Blob, blobBytes } from 'wasock:blob';
import { DOMException, isDOMException } from 'wasock:dom-exception';
import { native } from 'wasock:native';
import {
  defineProperty,
  getOwnPropertyDescriptor,
  hasOwn,
  isArrayBuffer,
  isFixedBuffer,
  isView,
  keys,
  typedArrayName,
  viewedBytes,
} from 'wasock:primordials';
import { QuotaExceededError, quotaOf } from 'wasock:quota-exceeded-error';
import {
  isObject,
  isPlatformObject,
  member,
  requireArguments,
  toDictionary,
  toSequence,
} from 'wasock:webidl';

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

/** The constructors of views, by the names of their classes. */
const VIEWS = {
  __proto__: null,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
  Float16Array,
  Float32Array,
  Float64Array,
};

const refusal = (text) => new DOMException(text, 'DataCloneError');

function refuse(value) {
  const what =
    typeof value === 'function'
      ? `the function '${value.name}'`
      : Object.prototype.toString.call(Object(value));
  throw refusal(`${what} could not be cloned`);
}

/** An object on its way. */
class Record {
  #make;
  #object = null;
  /** Fills the object once it is made and cycles can find it. */
  fill = null;

  constructor(make) {
    this.#make = make;
  }

  /** Makes the object, or gives the one that was made. */
  deserialise() {
    if (this.#object === null) {
      this.#object = this.#make();
      this.fill?.(this.#object);
    }
    return this.#object;
  }
}

const deserialised = (item) => (item instanceof Record ? item.deserialise() : item);

const define = (object, key, value) =>
  defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });

/** What copies the own enumerable properties of a value. */
function serialiseProperties(value, memory) {
  const entries = [];
  for (const key of keys(value)) {
    if (hasOwn(value, key)) entries.push([key, serialise(value[key], memory)]);
  }
  return (object) => {
    for (const [key, item] of entries) define(object, key, deserialised(item));
  };
}

function serialiseMap(map, memory) {
  const entries = [...map].map(([key, value]) => [
    serialise(key, memory),
    serialise(value, memory),
  ]);
  return (copy) => {
    for (const [key, value] of entries) copy.set(deserialised(key), deserialised(value));
  };
}

function serialiseSet(set, memory) {
  const items = [...set].map((item) => serialise(item, memory));
  return (copy) => {
    for (const item of items) copy.add(deserialised(item));
  };
}

function bufferRecord(buffer) {
  if (buffer.detached) throw refusal('A detached ArrayBuffer could not be cloned');
  if (isFixedBuffer(buffer)) {
    const copy = buffer.slice(0);
    return new Record(() => copy);
  }
  const { maxByteLength } = buffer;
  const bytes = new Uint8Array(buffer).slice();
  return new Record(() => {
    const copy = new ArrayBuffer(bytes.length, { maxByteLength });
    new Uint8Array(copy).set(bytes);
    return copy;
  });
}

function viewRecord(view, memory) {
  const { buffer, offset, length } = viewedBytes(view);
  const record = serialise(buffer, memory);
  const name = typedArrayName(view);
  if (name === undefined)
    return new Record(() => new DataView(record.deserialise(), offset, length));
  const View = VIEWS[name];
  const count = length / View.BYTES_PER_ELEMENT;
  return new Record(() => new View(record.deserialise(), offset, count));
}

/** The own data property of an error, as text; undefined if there is none. */
function ownText(error, key) {
  const descriptor = getOwnPropertyDescriptor(error, key);
  return descriptor === undefined || !('value' in descriptor)
    ? undefined
    : String(descriptor.value);
}

function serialiseError(error, memory) {
  const hidden = [['stack', String(error.stack)]];
  const message = ownText(error, 'message');
  if (message !== undefined) hidden.push(['message', message]);
  if (hasOwn(error, 'cause')) hidden.push(['cause', serialise(error.cause, memory)]);
  return (copy) => {
    for (const [key, item] of hidden) {
      const value = deserialised(item);
      defineProperty(copy, key, { value, writable: true, configurable: true });
    }
  };
}

function errorRecord(error) {
  const Class = ERRORS[String(error.name)] ?? Error;
  return new Record(() => new Class());
}

const wrapperRecord = (value) => {
  const primitive = value.valueOf();
  return new Record(() => Object(primitive));
};

/**
 * How the objects of the language are cloned, if they can be: an example of the class, what makes
 * the record, and what makes its `fill`.
 */
const cloneable = () => [
  [{}, () => new Record(() => ({})), serialiseProperties],
  [[], ({ length }) => new Record(() => new Array(length)), serialiseProperties],
  [new Date(0), dateRecord],
  [/x/, ({ source, flags }) => new Record(() => new RegExp(source, flags))],
  [new Map(), () => new Record(() => new Map()), serialiseMap],
  [new Set(), () => new Record(() => new Set()), serialiseSet],
  [new Error(), errorRecord, serialiseError],
  [Object(true), wrapperRecord],
  [Object(1), wrapperRecord],
  [Object(1n), wrapperRecord],
  [Object(''), wrapperRecord],
];

function dateRecord(date) {
  const time = date.getTime();
  return new Record(() => new Date(time));
}

/** The list above by the engine's numbers of the classes, which no script can disguise. */
let byClass = null;

function kindOf(value) {
  byClass ??= new Map(cloneable().map(([example, ...kind]) => [native.classOf(example), kind]));
  return byClass.get(native.classOf(value));
}

/** The objects of the web that can be cloned. */
function platformRecord(value) {
  if (isDOMException(value)) {
    const { message, name } = value;
    const quota = quotaOf(value);
    if (quota !== null) return new Record(() => new QuotaExceededError(message, quota));
    return new Record(() => new DOMException(message, name));
  }
  if (blobBytes(value) === null) refuse(value);
  const { type } = value;
  return new Record(() => new Blob([value], { type }));
}

function serialise(value, memory) {
  if (typeof value === 'symbol' || typeof value === 'function') refuse(value);
  if (!isObject(value)) return value;
  const known = memory.get(value);
  if (known !== undefined) return known;
  let record;
  let fill;
  if (isArrayBuffer(value)) record = bufferRecord(value);
  else if (isView(value)) record = viewRecord(value, memory);
  else if (isPlatformObject(value)) record = platformRecord(value);
  else {
    const kind = kindOf(value);
    if (kind === undefined) refuse(value);
    record = kind[0](value);
    fill = kind[1];
  }
  memory.set(value, record);
  if (fill !== undefined) record.fill = fill(value, memory);
  return record;
}

function toTransferable(value) {
  if (!isObject(value)) throw new TypeError('structuredClone: an element to transfer is no object');
  return value;
}

const toTransferList = (value) =>
  toSequence(value, toTransferable, 'structuredClone: the member transfer');

/** A deep copy. `options.transfer` takes ArrayBuffers, which are moved instead. */
export function structuredClone(value, options = {}) {
  requireArguments(arguments.length, 1, 'structuredClone');
  const dictionary = toDictionary(options, 'the options of structuredClone');
  const transfer = member(dictionary, 'transfer', toTransferList, []);
  const memory = new Map();
  for (const buffer of transfer) {
    if (!isArrayBuffer(buffer)) throw refusal('Only an ArrayBuffer can be transferred');
    if (memory.has(buffer)) throw refusal('An ArrayBuffer is to be transferred twice');
    memory.set(buffer, new Record(() => buffer.transfer()));
  }
  const result = serialise(value, memory);
  if (transfer.some((buffer) => buffer.detached)) {
    throw refusal('A detached ArrayBuffer cannot be transferred');
  }
  for (const buffer of transfer) memory.get(buffer).deserialise();
  return deserialised(result);
}
