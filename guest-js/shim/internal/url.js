// URL. https://url.spec.whatwg.org/#url-class

import { defineProperty, getOwnPropertyDescriptor } from 'wasock:primordials';
import { parseUrl, UrlError, withPart } from 'wasock:url-record';
import { paramsOf, replaceParams } from 'wasock:url-search-params';
import { defineInterface, requireArguments, toUSVString } from 'wasock:webidl';

/** The parts that an attribute sets by itself. */
const SETTABLE = [
  'protocol',
  'username',
  'password',
  'host',
  'hostname',
  'port',
  'pathname',
  'hash',
];

/** The record that the arguments of the constructor and of `parse` stand for. */
function parse(url, base) {
  const text = toUSVString(url);
  return parseUrl(text, base === undefined ? undefined : toUSVString(base));
}

/** As `parse`, but null if the text is not a URL. */
function parseOrNull(url, base) {
  try {
    return parse(url, base);
  } catch (error) {
    if (error instanceof UrlError) return null;
    throw error;
  }
}

const withoutMark = (search) => (search[0] === '?' ? search.slice(1) : search);

/** The address of a resource, in parts. */
export class URL {
  #record;
  /** Made when it is first asked for. */
  #searchParams = null;

  constructor(url, base = undefined) {
    requireArguments(arguments.length, 1, 'URL constructor');
    this.#record = parseOrNull(url, base);
    if (this.#record === null) throw new TypeError('Invalid URL');
  }

  static parse(url, base = undefined) {
    requireArguments(arguments.length, 1, 'URL.parse');
    const record = parseOrNull(url, base);
    return record === null ? null : new URL(record.href);
  }

  static canParse(url, base = undefined) {
    requireArguments(arguments.length, 1, 'URL.canParse');
    return parseOrNull(url, base) !== null;
  }

  get href() {
    return this.#record.href;
  }

  set href(value) {
    this.#record;
    const record = parseOrNull(value, undefined);
    if (record === null) throw new TypeError('Invalid URL');
    this.#record = record;
    this.#queryChanged(withoutMark(record.search));
  }

  get origin() {
    return this.#record.origin;
  }

  get search() {
    return this.#record.search;
  }

  set search(value) {
    const record = this.#record;
    const text = toUSVString(value);
    this.#record = withPart(record, 'search', text);
    this.#queryChanged(withoutMark(text));
  }

  get searchParams() {
    this.#searchParams ??= paramsOf(withoutMark(this.#record.search), (query) => {
      this.#record = withPart(this.#record, 'search', query);
    });
    return this.#searchParams;
  }

  toJSON() {
    return this.#record.href;
  }

  toString() {
    return this.#record.href;
  }

  #queryChanged(query) {
    if (this.#searchParams !== null) replaceParams(this.#searchParams, query);
  }

  static {
    for (const part of SETTABLE) {
      const accessors = {
        get [part]() {
          return this.#record[part];
        },
        set [part](value) {
          const record = this.#record;
          this.#record = withPart(record, part, toUSVString(value));
        },
      };
      defineProperty(URL.prototype, part, getOwnPropertyDescriptor(accessors, part));
    }
  }
}

defineInterface(URL);
