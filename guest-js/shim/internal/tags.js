// Tags of metrics, as scripts give them.

import { GoError } from 'wasock:errors';
import { keys } from 'wasock:primordials';

const { String: toStringValue } = globalThis;

/** The value of a tag as text, or null if its type is not accepted. */
export function tagText(value) {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
    case 'boolean':
      return toStringValue(value);
    default:
      return null;
  }
}

/**
 * An object's entries as `[[name, value], …]`; undefined for undefined and null.
 * Throws a GoError that begins with `prefix` if a value is not a string, a number or a boolean.
 */
export function toTags(object, prefix = '') {
  if (object === undefined || object === null) return undefined;
  const names = keys(object);
  const tags = [];
  for (let i = 0; i < names.length; i++) {
    const name = names[i];
    const text = tagText(object[name]);
    if (text === null) {
      throw new GoError(
        `${prefix}invalid value for metric tag '${name}': only String, Boolean and Number types are accepted as a metric tag values`,
      );
    }
    tags[i] = [name, text];
  }
  return tags;
}
