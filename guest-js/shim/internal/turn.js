// Where the virtual user is: the stage of the test, and the clock that events are stamped with.

import { native } from 'wasock:native';

let phase = 'none';
let monotonicOrigin = 0;
let unixOrigin = 0;

/** Takes the clocks' readings when a virtual user starts. */
export function startClock() {
  monotonicOrigin = native.now();
  unixOrigin = native.unixTime();
}

/** Milliseconds since 1970 at which this virtual user's clock read 0. */
export const timeOrigin = () => unixOrigin;

/** What this virtual user's clock reads at `at`, a reading of the host's clock. */
export const relativeTime = (at) => at - monotonicOrigin;

/** What this virtual user's clock reads now, in milliseconds. */
export const currentTime = () => native.now() - monotonicOrigin;

/** Notes the stage that begins, or 'none' between two stages. */
export function enterPhase(name) {
  phase = name;
}

/** Whether the script's top level runs. */
export const inInit = () => phase === 'init';
