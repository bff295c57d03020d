// Tags and metadata of the virtual user as an object: assign to set, delete to remove.

import { GoError } from 'wasock:errors';
import { native } from 'wasock:native';
import { throwsOnFailure } from 'wasock:runtime-options';
import { tagText } from 'wasock:tags';
import { inInit } from 'wasock:turn';

function refuse(what, name) {
  const text = `invalid value for metric ${what} '${name}': only String, Boolean and Number types are accepted as a metric ${what} values`;
  if (throwsOnFailure()) throw new GoError(text);
  native.log('warn', 'runtime', text);
}

/** An object over a store of the host: `{what, set, remove, all}`. */
export function storeProxy({ what, set, remove, all }) {
  const entries = () => {
    if (inInit()) throw new GoError('getting VU information in the init context is not supported');
    return all();
  };
  const find = (name) => entries().find((entry) => entry[0] === name);

  return new Proxy(Object.create(null), {
    get: (_target, name) => (typeof name === 'string' ? find(name)?.[1] : undefined),
    has: (_target, name) => typeof name === 'string' && find(name) !== undefined,
    ownKeys: () => entries().map((entry) => entry[0]),
    getOwnPropertyDescriptor(_target, name) {
      const entry = typeof name === 'string' ? find(name) : undefined;
      if (entry === undefined) return undefined;
      return { value: entry[1], writable: true, enumerable: true, configurable: true };
    },
    set(_target, name, value) {
      entries();
      const text = tagText(value);
      if (text === null) refuse(what, String(name));
      else set(String(name), text);
      return true;
    },
    defineProperty: () => false,
    deleteProperty(_target, name) {
      remove(String(name));
      return true;
    },
  });
}
