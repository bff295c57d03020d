// k6/secrets: values that no log shows.

import { fromHost } from 'wasock:host-call';
import { native } from 'wasock:native';

const { String: toStringValue } = globalThis;

const read = async (source, name) => fromHost(() => native.secret(source, toStringValue(name)));

/** The value of a secret of the default source, as a promise. */
export const get = (name) => read(undefined, name);

/** A source by its name, whose `get` is like the one for the default source. */
export function source(name) {
  const text = toStringValue(name);
  return { get: (secret) => read(text, secret) };
}

export default { get, source };
