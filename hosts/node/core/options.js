// Options of whoever uses this host are checked as a whole, before anything begins: one that is misspelt or wrong must
// not grant more, or do less, than was meant.
import { HostError } from './host-error.js';
import { defaults } from './limits.js';

/** The longest value that an error shows, in characters. */
const SHOWN = 80;

/** A value, as an error shows it. */
export const shown = (value) => {
  const text = wordsFor(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
};

const wordsFor = (value) => {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && !isPlain(value)) {
    return `an object of the class ${value.constructor?.name ?? 'unknown'}`;
  }
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
};

const isPlain = (value) => {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  // Objects of another realm have a prototype of their own, which has none.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
};

/** The error for an option with a wrong value. */
export const wrongValue = (name, value, expected) =>
  new HostError(`the option ${name} is ${shown(value)}, expected ${expected}`);

/** A rule for a value: whether it may be, and what may. */
const rule = (expected, may) => (value, name) => {
  if (!may(value)) throw wrongValue(name, value, expected);
};

const isText = (value) => typeof value === 'string';
const isList = (value) => Array.isArray(value) && value.every((one) => isText(one) && one !== '');

export const text = rule('a text', isText);
export const name = rule('a text that is not empty', (value) => isText(value) && value !== '');
export const truth = rule('true or false', (value) => typeof value === 'boolean');
export const callable = rule('a function', (value) => typeof value === 'function');
export const texts = rule('an array of texts that are not empty', isList);
export const object = rule(
  'an object',
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);
export const count = rule('a whole number from 1 on', (value) => Number.isSafeInteger(value) && value >= 1);

const countOrNone = rule('a whole number from 0 on', (value) => Number.isSafeInteger(value) && value >= 0);
const duration = rule('a bigint of nanoseconds from 1n on', (value) => typeof value === 'bigint' && value >= 1n);

/** One of several values. */
export const oneOf = (...values) =>
  rule(values.map((value) => JSON.stringify(value)).join(' or '), (value) => values.includes(value));

/** A text for the field of a header. */
export const field = rule(
  'a text of visible ASCII characters and spaces',
  (value) => isText(value) && /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value),
);

/** Names and values of variables. */
export const variables = (value, option) => {
  if (!isPlain(value)) throw wrongValue(option, value, 'an object with texts as values');
  for (const [key, one] of Object.entries(value)) {
    if (key === '' || key.includes('=') || key.includes('\0')) {
      throw new HostError(`the option ${option} has the variable ${shown(key)}, expected a name without = in it`);
    }
    if (!isText(one)) throw wrongValue(`${option}.${key}`, one, 'a text');
  }
};

/** An object with none but these keys; what is undefined is not there. */
export const fields = (rules) => (value, option) => {
  if (!isPlain(value)) throw wrongValue(option, value, `an object with ${listed(rules)}`);
  checkFields(value, rules, `${option}.`);
};

const listed = (rules) => Object.keys(rules).join(', ');

const checkFields = (value, rules, before) => {
  for (const [key, one] of Object.entries(value)) {
    if (!Object.hasOwn(rules, key)) {
      throw new HostError(`there is no option ${before}${key}, expected one of ${listed(rules)}`);
    }
    if (one !== undefined) rules[key](one, `${before}${key}`);
  }
};

/** The rule for each limit: by it nothing is without a bound. */
const limitRule = (key) => {
  if (typeof defaults[key] === 'bigint') return duration;
  return ['queues', 'sockets', 'timers'].includes(key) ? countOrNone : count;
};

/** `limits`: bounds that differ from the defaults. */
export const limits = fields(Object.fromEntries(Object.keys(defaults).map((key) => [key, limitRule(key)])));

/** Checks options by a rule for each; fails with the first that is wrong. */
export const checkOptions = (options, rules) => {
  if (!isPlain(options))
    throw new HostError(`the options are ${shown(options)}, expected an object with ${listed(rules)}`);
  checkFields(options, rules, '');
};
