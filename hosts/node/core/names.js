// Which hosts a guest may connect to, by their names.
import { HostError } from './host-error.js';
import { shown, wrongValue } from './options.js';

/** @returns the rule of one that grants nothing: what it returns forbids an attempt */
const nothing = (host, port) => `no network is granted, so ${host}:${port} cannot be reached`;

const isFunction = (value) => typeof value === 'function';
const isList = (value) => Array.isArray(value) && value.every((one) => typeof one === 'string');

/** What a rule may be, by its name. */
const RULES = {
  blockHostnames: [isList, 'an array of names'],
  blacklistIPs: [isList, 'an array of addresses and ranges of them'],
  checkName: [isFunction, 'a function'],
  checkAddress: [isFunction, 'a function'],
  checkUnixSocket: [isFunction, 'a function'],
};

/** The rules that a page can keep to: it is not told addresses. */
export const NAME_RULES = ['blockHostnames', 'checkName'];

/** The rules that there are in Node.js. */
export const ALL_RULES = Object.keys(RULES);

/**
 * Checks what is granted; nothing is, and an error is thrown, where that cannot be understood.
 *
 * @param {'all' | object | undefined} grant
 * @param {string[]} known the names of rules that can be kept to
 * @returns {'all' | object | undefined} the same; of an object its rules alone, functions bound to it
 * @throws {HostError}
 */
export const checkNetwork = (grant, known) => {
  if (grant === undefined || grant === 'all') return grant;
  const expected = `"all" or an object with one or more of ${known.join(', ')}`;
  if (typeof grant !== 'object' || grant === null || Array.isArray(grant)) throw wrongValue('network', grant, expected);
  // Objects of classes may have fields of their own; of those without a class each field is a rule.
  const prototype = Object.getPrototypeOf(grant);
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  const unknown = (isPlain ? Object.keys(grant) : ALL_RULES).find((key) => !known.includes(key) && key in grant);
  if (unknown) throw new HostError(`there is no option network.${unknown}, expected one of ${known.join(', ')}`);
  const rules = known.filter((key) => grant[key] !== undefined);
  if (rules.length === 0) throw wrongValue('network', grant, expected);
  for (const key of rules) {
    const [may, what] = RULES[key];
    if (!may(grant[key])) throw wrongValue(`network.${key}`, grant[key], what);
  }
  for (const text of grant.blockHostnames ?? []) pattern(text);
  return Object.fromEntries(rules.map((key) => [key, isFunction(grant[key]) ? grant[key].bind(grant) : grant[key]]));
};

/**
 * What forbids an attempt, by a function of an embedder's: the text that it returns. What is neither that nor undefined
 * grants nothing, since it may be meant as a no.
 */
export const verdict = (name, ask) => {
  if (!ask) return undefined;
  try {
    const answer = ask();
    if (answer === undefined || (typeof answer === 'string' && answer !== '')) return answer;
    return `${name} has returned ${shown(answer)}, expected undefined or a text that says what forbids it`;
  } catch (error) {
    return `${name} has failed: ${error?.message ?? error}`;
  }
};

/**
 * The rule for names.
 *
 * @param {'all' | object | undefined} grant as `checkNetwork` returns it
 * @returns {(host: string, port: number) => string | undefined} what forbids an attempt
 */
export const nameRule = (grant) => {
  if (grant === undefined) return nothing;
  if (grant === 'all') return () => undefined;
  const patterns = (grant.blockHostnames ?? []).map((text) => ({ text, matches: pattern(text) }));
  return (host, port) => {
    const blocked = patterns.find(({ matches }) => matches(host));
    if (blocked) return `hostname (${host}) is in a blocked pattern (${blocked.text})`;
    return verdict('checkName', grant.checkName && (() => grant.checkName(host, port)));
  };
};

const normal = (name) => name.toLowerCase().replace(/\.$/, '');

/** A name, `*`, or `*.` and a name: that of all hosts below it. */
const pattern = (text) => {
  const wanted = normal(text);
  if (wanted === '*') return () => true;
  if (wanted === '' || wanted.slice(wanted.startsWith('*.') ? 2 : 0).includes('*')) {
    throw wrongValue('network.blockHostnames', text, 'names such as example.com, *.example.com or *');
  }
  if (wanted.startsWith('*.')) return (host) => normal(host).endsWith(wanted.slice(1));
  return (host) => normal(host) === wanted;
};
