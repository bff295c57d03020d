// DOMException. https://webidl.spec.whatwg.org/#idl-DOMException

import { construct, keys, setPrototypeOf } from 'wasock:primordials';
import { defineInterface, Given, isObject, toDOMString } from 'wasock:webidl';

const CONSTANTS = {
  INDEX_SIZE_ERR: 1,
  DOMSTRING_SIZE_ERR: 2,
  HIERARCHY_REQUEST_ERR: 3,
  WRONG_DOCUMENT_ERR: 4,
  INVALID_CHARACTER_ERR: 5,
  NO_DATA_ALLOWED_ERR: 6,
  NO_MODIFICATION_ALLOWED_ERR: 7,
  NOT_FOUND_ERR: 8,
  NOT_SUPPORTED_ERR: 9,
  INUSE_ATTRIBUTE_ERR: 10,
  INVALID_STATE_ERR: 11,
  SYNTAX_ERR: 12,
  INVALID_MODIFICATION_ERR: 13,
  NAMESPACE_ERR: 14,
  INVALID_ACCESS_ERR: 15,
  VALIDATION_ERR: 16,
  TYPE_MISMATCH_ERR: 17,
  SECURITY_ERR: 18,
  NETWORK_ERR: 19,
  ABORT_ERR: 20,
  URL_MISMATCH_ERR: 21,
  QUOTA_EXCEEDED_ERR: 22,
  TIMEOUT_ERR: 23,
  INVALID_NODE_TYPE_ERR: 24,
  DATA_CLONE_ERR: 25,
};

/** `INVALID_STATE_ERR` belongs to `InvalidStateError`; two names do not follow the rule. */
const LEGACY_CODES = { __proto__: null, InUseAttributeError: 10, URLMismatchError: 21 };
for (const constant of keys(CONSTANTS)) {
  const words = constant.slice(0, -'_ERR'.length).split('_');
  const camel = words.map((word) => word[0] + word.slice(1).toLowerCase()).join('');
  LEGACY_CODES[`${camel}Error`] ??= CONSTANTS[constant];
}

/** The name and the message of an exception; throws if a value is none. */
let descriptionOf;
/** Whether a value is a DOMException. */
export let isDOMException;

/** Puts name and message on an error, which makes it a DOMException. */
class Description extends Given {
  #name;
  #message;

  constructor(object, name, message) {
    super(object);
    this.#name = name;
    this.#message = message;
  }

  static {
    descriptionOf = (error) => ({ name: error.#name, message: error.#message });
    isDOMException = (value) => isObject(value) && #name in value;
  }
}

/**
 * An exception that a web standard names. It is an error with a stack, although its class does not
 * inherit from Error's.
 */
export class DOMException {
  constructor(message = '', name = 'Error') {
    const text = toDOMString(message);
    const description = toDOMString(name);
    // biome-ignore lint/correctness/noConstructorReturn: only Error makes an object with a stack
    return new Description(construct(Error, [], new.target), description, text);
  }

  get name() {
    return descriptionOf(this).name;
  }

  get message() {
    return descriptionOf(this).message;
  }

  get code() {
    return LEGACY_CODES[descriptionOf(this).name] ?? 0;
  }
}

setPrototypeOf(DOMException.prototype, Error.prototype);
defineInterface(DOMException, CONSTANTS);
