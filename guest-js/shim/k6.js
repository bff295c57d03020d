// k6: checks, groups, sleep.

import { isAsyncFunction, isThenable } from 'wasock:async-function';
import { GoError } from 'wasock:errors';
import { native } from 'wasock:native';
import { isFiniteNumber, keys, max } from 'wasock:primordials';
import { toTags } from 'wasock:tags';
import { inInit } from 'wasock:turn';

const SEPARATOR = '::';
const MILLIS_PER_SECOND = 1000;

const { Number: toNumberValue, String: toStringValue } = globalThis;

function refuseInit(name) {
  if (inInit()) throw new GoError(`using ${name}() in the init context is not supported`);
}

function refuseSeparator(name) {
  if (name.includes(SEPARATOR)) {
    throw new GoError(`group and check names may not contain '${SEPARATOR}'`);
  }
}

const asyncCheck = () =>
  new GoError(
    'check() does not support async functions; the check of https://jslib.k6.io/k6-utils/1.5.0/index.js does',
  );

function passes(checker, value) {
  if (typeof checker !== 'function') return !!checker;
  if (isAsyncFunction(checker)) throw asyncCheck();
  const outcome = checker(value);
  if (isThenable(outcome)) throw asyncCheck();
  return !!outcome;
}

/**
 * Checks a value by the functions (or values) of `checks`, whose keys are the names. Returns whether
 * all passed. A checker that throws counts as failed, and its exception goes on to the caller.
 */
export function check(value, checks, tags = undefined) {
  refuseInit('check');
  if (checks === undefined || checks === null) throw new GoError('no checks provided to check()');
  const pairs = toTags(tags);
  const names = keys(checks);
  let all = true;
  for (let i = 0; i < names.length; i++) {
    const name = names[i];
    refuseSeparator(name);
    let passed = false;
    try {
      passed = passes(checks[name], value);
    } finally {
      native.check(name, passed, pairs);
    }
    all &&= passed;
  }
  return all;
}

function currentGroup() {
  return native.allTags().find((tag) => tag[0] === 'group')?.[1];
}

/** Runs `body` with the tag `group` set, and returns what it returns. */
export function group(name, body) {
  refuseInit('group');
  const text = toStringValue(name);
  refuseSeparator(text);
  if (typeof body !== 'function')
    throw new TypeError('the second argument of group() is not a function');
  if (isAsyncFunction(body)) {
    throw new GoError('group() does not support async functions as arguments');
  }
  const outer = currentGroup();
  const duration = native.declare('group_duration', 'trend', 'time');
  native.setTag('group', `${outer ?? ''}${SEPARATOR}${text}`);
  const started = native.now();
  try {
    return body();
  } finally {
    native.add(duration, native.now() - started, undefined);
    if (outer === undefined) native.removeTag('group');
    else native.setTag('group', outer);
  }
}

/** Blocks the virtual user for `seconds`; nothing else of it runs meanwhile. */
export function sleep(seconds) {
  const millis = toNumberValue(seconds) * MILLIS_PER_SECOND;
  native.sleep(isFiniteNumber(millis) ? max(millis, 0) : 0);
}

/** Throws an error with this message. */
export function fail(message = '') {
  throw new GoError(toStringValue(message));
}

/** Lets `Math.random` of this virtual user begin a sequence that depends on `seed` alone. */
export function randomSeed(seed) {
  native.seedRandom(toNumberValue(seed));
}

export default { check, fail, group, randomSeed, sleep };
