// The options that are in force, as far as the modules look at them.

import { native } from 'wasock:native';
import { freeze, keys, parseJson } from 'wasock:primordials';

let options = null;

function deepFreeze(value) {
  if (typeof value !== 'object' || value === null) return value;
  for (const key of keys(value)) deepFreeze(value[key]);
  return freeze(value);
}

/** Forgets the options; a new virtual user asks for them anew. */
export function resetOptions() {
  options = null;
}

/** All options, deeply frozen. */
export function runtimeOptions() {
  options ??= deepFreeze(parseJson(native.options()));
  return options;
}

/** Whether failures throw (`options.throw`) that are only noted otherwise. */
export const throwsOnFailure = () => runtimeOptions().throw === true;
