// URLSearchParams. https://url.spec.whatwg.org/#interface-urlsearchparams

import { native } from 'wasock:native';
import { apply, defineProperty, iteratorSymbol } from 'wasock:primordials';
import {
  defineInterface,
  defineIterator,
  isObject,
  iteratorMethod,
  requireArguments,
  sequenceFrom,
  toCallbackFunction,
  toRecord,
  toSequence,
  toUSVString,
} from 'wasock:webidl';

/** Makes the parameters of a URL's query; `update` is called with each new query. */
export let paramsOf;
/** Takes over the parameters of another query. */
export let replaceParams;

function toPair(value) {
  return toSequence(value, toUSVString, 'URLSearchParams: an element');
}

/** https://url.spec.whatwg.org/#dom-urlsearchparams-urlsearchparams */
function toList(init) {
  const method = iteratorMethod(init);
  if (method !== undefined) {
    const pairs = sequenceFrom(init, method, toPair);
    if (pairs.some((pair) => pair.length !== 2)) {
      throw new TypeError('URLSearchParams: an element is not a pair of name and value');
    }
    return pairs;
  }
  if (isObject(init)) return toRecord(init, toUSVString, toUSVString);
  const text = toUSVString(init);
  return native.parseQuery(text[0] === '?' ? text.slice(1) : text);
}

/** Whether a pair has the name, and the value if one is given. */
const matches = (pair, name, value) =>
  pair[0] === name && (value === undefined || pair[1] === value);

const toOptional = (value) => (value === undefined ? undefined : toUSVString(value));

/** Goes over a list that may change meanwhile. https://webidl.spec.whatwg.org/#js-default-iterator-object */
class PairIterator {
  #next = 0;
  #list;
  #pick;

  constructor(list, pick) {
    this.#list = list;
    this.#pick = pick;
  }

  next() {
    const list = this.#list();
    if (this.#next >= list.length) return { value: undefined, done: true };
    const pair = list[this.#next];
    this.#next += 1;
    return { value: this.#pick(pair), done: false };
  }
}

/** Names and values of a query, in their order. */
export class URLSearchParams {
  #list;
  #update = null;

  constructor(init = '') {
    this.#list = toList(init);
  }

  get size() {
    return this.#list.length;
  }

  append(name, value) {
    const list = this.#list;
    requireArguments(arguments.length, 2, 'URLSearchParams.append');
    list.push([toUSVString(name), toUSVString(value)]);
    this.#changed();
  }

  delete(name, value = undefined) {
    const list = this.#list;
    requireArguments(arguments.length, 1, 'URLSearchParams.delete');
    const text = toUSVString(name);
    const wanted = toOptional(value);
    this.#list = list.filter((pair) => !matches(pair, text, wanted));
    this.#changed();
  }

  get(name) {
    const list = this.#list;
    requireArguments(arguments.length, 1, 'URLSearchParams.get');
    const text = toUSVString(name);
    return list.find((pair) => pair[0] === text)?.[1] ?? null;
  }

  getAll(name) {
    const list = this.#list;
    requireArguments(arguments.length, 1, 'URLSearchParams.getAll');
    const text = toUSVString(name);
    return list.filter((pair) => pair[0] === text).map((pair) => pair[1]);
  }

  has(name, value = undefined) {
    const list = this.#list;
    requireArguments(arguments.length, 1, 'URLSearchParams.has');
    const text = toUSVString(name);
    const wanted = toOptional(value);
    return list.some((pair) => matches(pair, text, wanted));
  }

  set(name, value) {
    const list = this.#list;
    requireArguments(arguments.length, 2, 'URLSearchParams.set');
    const pair = [toUSVString(name), toUSVString(value)];
    const first = list.findIndex((one) => one[0] === pair[0]);
    if (first < 0) {
      list.push(pair);
    } else {
      list[first] = pair;
      this.#list = list.filter((one, i) => i <= first || one[0] !== pair[0]);
    }
    this.#changed();
  }

  /** By name, in UTF-16 code units; equal names keep their order. */
  sort() {
    this.#list.sort(([a], [b]) => (a < b ? -1 : Number(a > b)));
    this.#changed();
  }

  toString() {
    return native.serialiseQuery(this.#list);
  }

  entries() {
    return this.#iterator((pair) => [pair[0], pair[1]]);
  }

  forEach(callback, thisArg = undefined) {
    this.#list;
    requireArguments(arguments.length, 1, 'URLSearchParams.forEach');
    toCallbackFunction(callback, 'URLSearchParams.forEach: the argument');
    for (let i = 0; i < this.#list.length; i++) {
      const [name, value] = this.#list[i];
      apply(callback, thisArg, [value, name, this]);
    }
  }

  keys() {
    return this.#iterator((pair) => pair[0]);
  }

  values() {
    return this.#iterator((pair) => pair[1]);
  }

  #iterator(pick) {
    this.#list;
    return new PairIterator(() => this.#list, pick);
  }

  #changed() {
    if (this.#update !== null) this.#update(native.serialiseQuery(this.#list));
  }

  static {
    paramsOf = (query, update) => {
      const params = new URLSearchParams();
      params.#list = native.parseQuery(query);
      params.#update = update;
      return params;
    };
    replaceParams = (params, query) => {
      params.#list = native.parseQuery(query);
    };
  }
}

defineInterface(URLSearchParams);
defineProperty(URLSearchParams.prototype, iteratorSymbol, {
  value: URLSearchParams.prototype.entries,
  writable: true,
  configurable: true,
});
defineIterator(PairIterator, 'URLSearchParams');
