// The functions of jslib's k6-utils; its versions export what they had.

import { isThenable } from 'wasock:async-function';
import { durationMillis } from 'wasock:duration';
import { native } from 'wasock:native';
import { toTags } from 'wasock:tags';
import { check as syncCheck } from 'k6';
import exec from 'k6/execution';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/** A random UUID of version 4; with `secure`, from random bytes of cryptographic quality. */
export function uuidv4(secure = false) {
  if (secure) return crypto.randomUUID();
  return 'xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx'.replace(/[xy]/g, (place) => {
    const digit = Math.floor(Math.random() * 16);
    return (place === 'x' ? digit : (digit & 3) | 8).toString(16);
  });
}

/** A random whole number from `min` to `max`, both included. */
export const randomIntBetween = (min, max) => Math.floor(Math.random() * (max - min + 1) + min);

/** A random element. */
export const randomItem = (array) => array[Math.floor(Math.random() * array.length)];

/** A random text of characters of `charset`. */
export function randomString(length, charset = LETTERS) {
  let text = '';
  for (let i = 0; i < length; i++) text += charset[Math.floor(Math.random() * charset.length)];
  return text;
}

/** Where the texts between `left` and `right` begin and end, one after the other. */
function* matches(content, left, right) {
  let from = 0;
  while (true) {
    const start = content.indexOf(left, from);
    if (start < 0) return;
    const end = content.indexOf(right, start + left.length);
    if (end < 0) return;
    yield content.slice(start + left.length, end);
    from = end + right.length;
  }
}

/** The text between two others; '' if there is none (version 1.1). */
export function findFirstBetween(content, left, right) {
  return matches(content, left, right).next().value ?? '';
}

/** The text between two others, or with `repeat` all of them; null if there is none. */
export function findBetween(content, left, right, repeat = false) {
  if (!repeat) return matches(content, left, right).next().value ?? null;
  const found = [...matches(content, left, right)];
  return found.length === 0 ? null : found;
}

/** How many standard deviations the curve of `normalDistributionStages` shows on either side. */
const SPREAD = 2;

/** Stages whose targets follow a bell curve: up to `maxVus` in the middle, and down to 0. */
export function normalDistributionStages(maxVus, durationSeconds, numberOfStages = 10) {
  const count = numberOfStages + 2;
  const stages = [];
  for (let i = 0; i < count; i++) {
    const begin = Math.round((durationSeconds * i) / count);
    const end = Math.round((durationSeconds * (i + 1)) / count);
    const x = SPREAD * ((2 * i) / (count - 2) - 1);
    const target = i === count - 1 ? 0 : Math.round(maxVus * Math.exp((-x * x) / 2));
    stages.push({ duration: `${end - begin}s`, target });
  }
  return stages;
}

/** Milliseconds of a text such as `1d2h3m4s5ms`. */
export function parseDuration(text) {
  if (typeof text !== 'string' || text === '')
    throw new Error('the duration must be a text that is not empty');
  const millis = durationMillis(text);
  if (Number.isNaN(millis)) throw new Error(`'${text}' is not a valid duration`);
  return millis;
}

function currentScenario() {
  const scenario = exec.test.options.scenarios?.[exec.scenario.name];
  if (!Array.isArray(scenario?.stages) || scenario.stages.length === 0) {
    throw new Error(
      `the scenario '${exec.scenario.name}' has no stages; only ramping executors have`,
    );
  }
  return scenario;
}

/** The index of the stage that runs. */
export function getCurrentStageIndex() {
  const { stages } = currentScenario();
  const elapsed = Date.now() - exec.scenario.startTime;
  let end = 0;
  const index = stages.findIndex((stage) => {
    end += parseDuration(stage.duration);
    return elapsed < end;
  });
  return index < 0 ? stages.length - 1 : index;
}

/** Sets the tag `stage` to that index. */
export function tagWithCurrentStageIndex() {
  exec.vu.metrics.tags.stage = getCurrentStageIndex();
}

/** Sets the tag `stage_profile` to ramp-up, steady or ramp-down. */
export function tagWithCurrentStageProfile() {
  const scenario = currentScenario();
  const index = getCurrentStageIndex();
  const initial = scenario.startVUs ?? scenario.startRate ?? 0;
  const before = index === 0 ? initial : scenario.stages[index - 1].target;
  const { target } = scenario.stages[index];
  exec.vu.metrics.tags.stage_profile =
    target > before ? 'ramp-up' : target < before ? 'ramp-down' : 'steady';
}

/** Records the outcome of one check, which may be a promise. */
function record(name, outcome, tags) {
  if (!isThenable(outcome)) {
    native.check(name, Boolean(outcome), tags);
    return Boolean(outcome);
  }
  return outcome.then(
    (value) => record(name, value, tags),
    (error) => {
      native.check(name, false, tags);
      throw error;
    },
  );
}

async function settleAll(outcomes) {
  const passed = await Promise.all(outcomes);
  return passed.every(Boolean);
}

function checkValue(value, checks, tags) {
  const outcomes = Object.entries(checks).map(([name, checker]) => {
    if (typeof checker !== 'function') return record(name, checker, tags);
    try {
      return record(name, checker(value), tags);
    } catch (error) {
      native.check(name, false, tags);
      throw error;
    }
  });
  return outcomes.some(isThenable) ? settleAll(outcomes) : outcomes.every(Boolean);
}

/**
 * Like k6's `check`, but the value and the results of the checkers may be promises; then it returns
 * a promise too.
 */
export function check(value, checks, tags = undefined) {
  const isPlain =
    !isThenable(value) && Object.values(checks).every((item) => typeof item !== 'function');
  if (isPlain) return syncCheck(value, checks, tags);
  const pairs = toTags(tags);
  if (isThenable(value)) return value.then((settled) => checkValue(settled, checks, pairs));
  return checkValue(value, checks, pairs);
}
