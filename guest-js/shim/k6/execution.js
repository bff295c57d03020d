// k6/execution: where the script is in the test, and what it can say about the test.

import { GoError } from 'wasock:errors';
import { native } from 'wasock:native';
import { defineProperty, freeze } from 'wasock:primordials';
import { runtimeOptions } from 'wasock:runtime-options';
import { storeProxy } from 'wasock:tag-store';
import { inInit } from 'wasock:turn';

/** How long `abort` waits for the end, in milliseconds: hosts take far less, if they end at all. */
const ABORT_PATIENCE = 10_000;

function outsideInit(what) {
  if (inInit()) throw new GoError(`getting ${what} in the init context is not supported`);
}

function currentScenario() {
  const info = inInit() ? null : native.scenario();
  if (info === null || info === undefined) {
    throw new GoError('getting scenario information outside of the VU context is not supported');
  }
  return info;
}

function currentVu() {
  outsideInit('VU information');
  return native.vu();
}

function currentInstance() {
  outsideInit('instance information');
  return native.instance();
}

/** An object whose properties are read anew each time. */
function live(names, read) {
  const object = {};
  for (const name of names) {
    defineProperty(object, name, { get: () => read()[name], enumerable: true });
  }
  return object;
}

const tags = storeProxy({
  what: 'tag',
  set: (name, value) => native.setTag(name, value),
  remove: (name) => native.removeTag(name),
  all: () => native.allTags(),
});

const metadata = storeProxy({
  what: 'metadata',
  set: (name, value) => native.setMetadata(name, value),
  remove: (name) => native.removeMetadata(name),
  all: () => native.allMetadata(),
});

/** The scenario that runs this iteration. */
export const scenario = freeze(
  live(
    ['name', 'executor', 'startTime', 'progress', 'iterationInInstance', 'iterationInTest'],
    currentScenario,
  ),
);

/** This process. */
export const instance = freeze(
  live(
    [
      'currentTestRunDuration',
      'iterationsCompleted',
      'iterationsInterrupted',
      'vusActive',
      'vusInitialized',
    ],
    currentInstance,
  ),
);

/** The whole test. */
export const test = freeze({
  /** Ends the test; this iteration does not go on. */
  abort(message = undefined) {
    native.abortTest(message === undefined ? '' : String(message));
    // The host interrupts this virtual user soon, which ends the wait and the iteration.
    native.sleep(ABORT_PATIENCE);
  },

  /** Marks the test as failed; it goes on. */
  fail(message = undefined) {
    native.failTest(message === undefined ? '' : String(message));
  },

  get options() {
    outsideInit('test options');
    return runtimeOptions();
  },
});

const vuObject = live(
  ['idInInstance', 'idInTest', 'iterationInInstance', 'iterationInScenario'],
  currentVu,
);
vuObject.tags = tags;
vuObject.metrics = freeze({ tags, metadata });

/** This virtual user. */
export const vu = freeze(vuObject);

export default freeze({ scenario, instance, test, vu });
