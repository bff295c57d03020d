// console, with values printed as k6 prints them.

import { native } from 'wasock:native';
import {
  isArray,
  isArrayBuffer,
  isView,
  keys,
  stringifyJson,
  typedArrayName,
  viewedBytes,
} from 'wasock:primordials';

/** Deeper values are printed as `[Object]`, so that a line can always be made. */
const MAX_DEPTH = 32;

/** Of larger buffers and typed arrays, only the beginning is printed. */
const MAX_ELEMENTS = 1000;

const { String: toStringValue } = globalThis;
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

const property = (key) => (IDENTIFIER.test(key) ? key : stringifyJson(key));

function wrapped(open, parts, close) {
  return parts.length === 0 ? `${open}${close}` : `${open} ${parts.join(', ')} ${close}`;
}

function limited(total, parts) {
  return total > parts.length ? [...parts, `... ${total - parts.length} more`] : parts;
}

function bufferParts(bytes) {
  const shown = Array.from(bytes.subarray(0, MAX_ELEMENTS), (byte) =>
    byte.toString(16).padStart(2, '0'),
  );
  const more = bytes.length > shown.length ? ` ... ${bytes.length - shown.length} more` : '';
  return [`[Uint8Contents]: <${shown.join(' ')}${more}>`, `byteLength: ${bytes.length}`];
}

function inspectBinary(value) {
  const { buffer, offset, length } = viewedBytes(value);
  if (isArrayBuffer(value))
    return wrapped('ArrayBuffer {', bufferParts(new Uint8Array(buffer)), '}');
  const name = typedArrayName(value);
  if (name === undefined) {
    return wrapped('DataView {', bufferParts(new Uint8Array(buffer, offset, length)), '}');
  }
  const parts = Array.from(value.subarray(0, MAX_ELEMENTS), toStringValue);
  return wrapped(`${name}(${value.length}) [`, limited(value.length, parts), ']');
}

/** The name of a platform object's interface; null for plain objects. */
function interfaceName(value) {
  const name = value[Symbol.toStringTag];
  return typeof name === 'string' && name !== '' ? name : null;
}

/** The attributes of a platform object are on its prototypes; its constants say nothing new. */
function attributes(value) {
  const names = [];
  for (const name in value) {
    if (!/^[A-Z_]+$/.test(name) && typeof value[name] !== 'function') names.push(name);
  }
  return names;
}

function inspectEntries(value, path) {
  const name = interfaceName(value);
  const names = name === null ? keys(value) : attributes(value);
  const parts = names.map((key) => `${property(key)}: ${inspect(value[key], path)}`);
  return wrapped(name === null ? '{' : `${name} {`, parts, '}');
}

function inspectObject(value, path) {
  if (path.includes(value)) return '[Circular]';
  if (path.length >= MAX_DEPTH) return isArray(value) ? '[Array]' : '[Object]';
  const deeper = [...path, value];
  if (value instanceof Error) return toStringValue(value);
  if (value instanceof Date) {
    return Number.isNaN(value.getTime()) ? 'Invalid Date' : `"${value.toISOString()}"`;
  }
  if (value instanceof RegExp) return toStringValue(value);
  if (value instanceof Number || value instanceof String || value instanceof Boolean) {
    return inspect(value.valueOf(), path);
  }
  if (isArray(value)) {
    return wrapped(
      '[',
      Array.from(value, (item) => inspect(item, deeper)),
      ']',
    );
  }
  if (isView(value) || isArrayBuffer(value)) return inspectBinary(value);
  if (value instanceof Map) {
    const parts = [...value].map(
      ([key, item]) => `${inspect(key, deeper)} => ${inspect(item, deeper)}`,
    );
    return wrapped(`Map(${value.size}) {`, parts, '}');
  }
  if (value instanceof Set) {
    return wrapped(
      `Set(${value.size}) {`,
      Array.from(value, (item) => inspect(item, deeper)),
      '}',
    );
  }
  return inspectEntries(value, deeper);
}

/** A value inside another one. */
function inspect(value, path) {
  switch (typeof value) {
    case 'string':
      return stringifyJson(value);
    case 'undefined':
      return 'null';
    case 'function':
      return '[object Function]';
    case 'object':
      return value === null ? 'null' : inspectObject(value, path);
    default:
      return toStringValue(value);
  }
}

/** A value as an argument of the console. */
function format(value) {
  if (typeof value === 'string') return value;
  return value === undefined ? 'undefined' : inspect(value, []);
}

const method = (level) =>
  function write(...values) {
    native.log(level, 'console', values.map(format).join(' '));
  };

/** https://console.spec.whatwg.org/, as far as k6 has it. */
export const console = {
  log: method('info'),
  info: method('info'),
  debug: method('debug'),
  warn: method('warn'),
  error: method('error'),
};
