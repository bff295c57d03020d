// Where the virtual user is: the stage of the test, and the clock that events are stamped with.

import { native } from 'wasock:native';
import { state } from 'wasock:state';

/** Takes the clocks' readings when a virtual user starts. */
export function startClock() {
  state.monotonicOrigin = native.now();
  state.unixOrigin = native.unixTime();
}

/** Milliseconds since 1970 at which this virtual user's clock read 0. */
export const timeOrigin = () => state.unixOrigin;

/** What this virtual user's clock reads at `at`, a reading of the host's clock. */
export const relativeTime = (at) => at - state.monotonicOrigin;

/** What this virtual user's clock reads now, in milliseconds. */
export const currentTime = () => native.now() - state.monotonicOrigin;

/** Notes the stage that begins, or 'none' between two stages. */
export function enterPhase(name) {
  state.phase = name;
}

/** Whether the script's top level runs. */
export const inInit = () => state.phase === 'init';
