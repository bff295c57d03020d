// Bodies of HTTP requests: text, bytes, forms, and forms with files.

import { utf8Text } from 'wasock:encoding';
import { native } from 'wasock:native';
import { isArray, keys, viewedBytes } from 'wasock:primordials';

const FORM = 'application/x-www-form-urlencoded';
const OCTETS = 'application/octet-stream';
const CRLF = '\r\n';

/** How many random bytes make a boundary: two bodies never have the same. */
const BOUNDARY_BYTES = 16;

const { String: toStringValue } = globalThis;

/** A file of a form, as `http.file` makes it. */
export class FileData {
  constructor(data, filename, contentType) {
    this.data = data;
    this.filename = filename;
    this.content_type = contentType;
  }
}

/** A file for a form: its data, name and type. */
export function file(data, filename = undefined, contentType = undefined) {
  const name = filename ?? toStringValue(Date.now());
  return new FileData(data, toStringValue(name), toStringValue(contentType ?? OCTETS));
}

/** The bytes of what is text or bytes, in a buffer of their own. */
function bytesOf(value) {
  const viewed = viewedBytes(value);
  if (viewed === null) return native.encodeUtf8(toStringValue(value));
  return viewed.buffer.slice(viewed.offset, viewed.offset + viewed.length);
}

const formValues = (value) => (isArray(value) ? value : [value]);

/** The entries of an object as `a=1&b=2`, by name, as k6 sends them. */
function formText(object) {
  const pairs = [];
  for (const name of keys(object).sort()) {
    for (const value of formValues(object[name])) pairs.push([name, toStringValue(value ?? '')]);
  }
  return native.serialiseQuery(pairs);
}

/** https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data */
const quoted = (text) =>
  `"${text.replaceAll('\r', '%0D').replaceAll('\n', '%0A').replaceAll('"', '%22')}"`;

function boundaryText() {
  const bytes = new Uint8Array(native.randomBytes(BOUNDARY_BYTES));
  return bytes.reduce((text, byte) => text + byte.toString(16).padStart(2, '0'), '');
}

function partHead(name, value) {
  const disposition = `Content-Disposition: form-data; name=${quoted(name)}`;
  if (!(value instanceof FileData)) return disposition + CRLF + CRLF;
  const type = `Content-Type: ${value.content_type.replace(/[\r\n]/g, ' ')}`;
  return `${disposition}; filename=${quoted(value.filename)}${CRLF}${type}${CRLF}${CRLF}`;
}

function joined(parts) {
  const length = parts.reduce((sum, part) => sum + part.byteLength, 0);
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(new Uint8Array(part), at);
    at += part.byteLength;
  }
  return bytes.buffer;
}

/** A form with files (RFC 7578). */
function multipart(object) {
  const boundary = boundaryText();
  const parts = [];
  for (const name of keys(object)) {
    for (const value of formValues(object[name])) {
      const content = value instanceof FileData ? value.data : (value ?? '');
      const head = `--${boundary}${CRLF}${partHead(name, value)}`;
      parts.push(native.encodeUtf8(head), bytesOf(content), native.encodeUtf8(CRLF));
    }
  }
  parts.push(native.encodeUtf8(`--${boundary}--${CRLF}`));
  const bytes = joined(parts);
  return { bytes, text: () => textOf(bytes), type: `multipart/form-data; boundary=${boundary}` };
}

const textOf = (bytes) => utf8Text(bytes, 0, bytes.byteLength);

/** A library's form that knows its bytes and its boundary, as the one of jslib does. */
function formData(form) {
  const bytes = bytesOf(form.body());
  const { boundary } = form;
  const type = boundary === undefined ? undefined : `multipart/form-data; boundary=${boundary}`;
  return { bytes, text: () => textOf(bytes), type };
}

/**
 * The body that a script gives, as `{bytes, text(), type}`: `type` is what its `Content-Type` is to be
 * unless the script sets that. Null if there is none.
 */
export function readBody(given) {
  if (given === undefined || given === null) return null;
  const isObject = typeof given === 'object';
  if (isObject && viewedBytes(given) !== null) {
    const bytes = bytesOf(given);
    return { bytes, text: () => textOf(bytes), type: undefined };
  }
  if (isObject && typeof given.body === 'function') return formData(given);
  if (isObject && !(given instanceof String)) {
    const hasFile = keys(given).some((name) =>
      formValues(given[name]).some((value) => value instanceof FileData),
    );
    if (hasFile) return multipart(given);
    const text = formText(given);
    return { bytes: native.encodeUtf8(text), text: () => text, type: FORM };
  }
  const text = toStringValue(given);
  return { bytes: native.encodeUtf8(text), text: () => text, type: undefined };
}
