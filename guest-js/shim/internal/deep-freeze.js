// Values that nobody can change.

import { freeze, keys } from 'wasock:primordials';

/** Freezes a value of JSON and all that is in it. */
export function deepFreeze(value) {
  if (typeof value !== 'object' || value === null) return value;
  const names = keys(value);
  for (let i = 0; i < names.length; i++) deepFreeze(value[names[i]]);
  return freeze(value);
}
