// The options that are in force, as far as the modules look at them.

import { deepFreeze } from 'wasock:deep-freeze';
import { native } from 'wasock:native';
import { parseJson } from 'wasock:primordials';
import { state } from 'wasock:state';

/** Forgets the options; a new virtual user asks for them anew. */
export function resetOptions() {
  state.options = null;
}

/** All options, deeply frozen. */
export function runtimeOptions() {
  state.options ??= deepFreeze(parseJson(native.options()));
  return state.options;
}

/** Whether failures throw (`options.throw`) that are only noted otherwise. */
export const throwsOnFailure = () => runtimeOptions().throw === true;

/** Whether the run asks for this behaviour (`options.features`). Most ask for none, and then nothing is parsed. */
export const hasFeature = (name) =>
  native.optionsContain(`"${name}"`) && runtimeOptions().features?.includes(name) === true;
