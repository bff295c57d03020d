// Selectors of parts of JSON, as GJSON has them: keys and indices between dots, `#` for each element,
// `#(…)` for those that a condition holds for, `*` and `?` in keys, `{…}` and `[…]` that make objects and
// arrays of several parts, and the modifiers that need no argument.
// https://github.com/tidwall/gjson/blob/master/SYNTAX.md

import { isArray, keys } from 'wasock:primordials';

/** What is not there. */
const NOTHING = Symbol('nothing');

const OPERATORS = ['==', '!=', '<=', '>=', '!%', '<', '>', '%', '='];

const isObject = (value) => typeof value === 'object' && value !== null;

/**
 * The places of a text, from `start` on, that stand in no quotation marks, with how many of the characters
 * `opening` are open there.
 */
function* places(text, start, opening, closing) {
  let depth = 0;
  let quoted = false;
  for (let i = start; i < text.length; i++) {
    const character = text[i];
    if (character === '\\') i += 1;
    else if (character === '"') quoted = !quoted;
    else if (!quoted) {
      if (opening.includes(character)) depth += 1;
      else if (closing.includes(character)) depth -= 1;
      yield [i, character, depth];
    }
  }
}

/** Where the group that begins at `start` ends: behind what closes it. */
function endOfGroup(path, start, opening, closing) {
  for (const [i, , depth] of places(path, start, opening, closing)) {
    if (depth === 0) return i + 1;
  }
  return path.length;
}

const isMultipath = (path) => path.startsWith('{') || path.startsWith('[');

const OPENING = '([{';
const CLOSING = ')]}';

/** The first component of a path: `{text, rest, piped}`. `rest` is null if it is the last. */
function split(path) {
  let i = 0;
  if (path.startsWith('#(')) i = endOfGroup(path, 1, '(', ')');
  else if (isMultipath(path)) i = endOfGroup(path, 0, OPENING, CLOSING);
  for (; i < path.length; i++) {
    if (path[i] === '\\') i += 1;
    else if (path[i] === '.' || path[i] === '|') {
      return { text: path.slice(0, i), rest: path.slice(i + 1), piped: path[i] === '|' };
    }
  }
  return { text: path, rest: null, piped: false };
}

const unescaped = (text) => text.replace(/\\(.)/g, '$1');

/** A pattern with `*` for any text and `?` for any character. */
function wildcard(text) {
  const source = text.replace(/\\.|[\s\S]/g, (part) => {
    if (part === '*') return '[\\s\\S]*';
    if (part === '?') return '[\\s\\S]';
    return part.slice(-1).replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${source}$`, 'u');
}

const hasWildcard = (text) => /(?:^|[^\\])(?:\\\\)*[*?]/.test(text);

function member(value, text) {
  if (isArray(value))
    return /^\d+$/.test(text) && Number(text) < value.length ? value[text] : NOTHING;
  if (!isObject(value)) return NOTHING;
  if (hasWildcard(text)) {
    const pattern = wildcard(text);
    const found = keys(value).find((key) => pattern.test(key));
    return found === undefined ? NOTHING : value[found];
  }
  const key = unescaped(text);
  return Object.hasOwn(value, key) ? value[key] : NOTHING;
}

const MODIFIERS = {
  __proto__: null,
  '@this': (value) => value,
  '@reverse': (value) => {
    if (isArray(value)) return value.toReversed();
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).reverse());
  },
  '@keys': (value) => (isObject(value) ? keys(value) : []),
  '@values': (value) => (isObject(value) ? Object.values(value) : []),
  '@flatten': (value) => (isArray(value) ? value.flat() : value),
  '@tostr': (value) => JSON.stringify(value),
  '@fromstr': (value) => JSON.parse(value),
};

/** The right side of a condition: JSON, or text without quotation marks. */
function literal(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text.replace(/^"|"$/g, '');
  }
}

/** A condition as `{path, operator, value}`; without an operator it asks whether the path exists. */
function readCondition(text) {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i += 1;
    else if (text[i] === '(') depth += 1;
    else if (text[i] === ')') depth -= 1;
    else if (depth === 0) {
      const operator = OPERATORS.find((candidate) => text.startsWith(candidate, i));
      if (operator === undefined) continue;
      const value = literal(text.slice(i + operator.length).trim());
      return { path: text.slice(0, i).trim(), operator, value };
    }
  }
  return { path: text.trim(), operator: null, value: undefined };
}

function compares(left, operator, right) {
  if (operator === null) return true;
  if (operator === '%' || operator === '!%') {
    if (typeof left !== 'string') return false;
    return wildcard(String(right)).test(left) === (operator === '%');
  }
  if (operator === '!=') return left !== right;
  if (typeof left !== typeof right) return false;
  switch (operator) {
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
    default:
      return left === right;
  }
}

function holds(element, { path, operator, value }) {
  const left = path === '' ? element : find(element, path);
  return left !== NOTHING && compares(left, operator, value);
}

/** `#`, `#(…)` and `#(…)#`: what follows a dot is for each element, what follows a bar for all. */
function elements(value, { text, rest, piped }) {
  if (!isArray(value)) return NOTHING;
  if (text === '#' && rest === null) return value.length;
  let list = value;
  if (text !== '#') {
    const all = text.endsWith('#');
    const condition = readCondition(text.slice(2, all ? -2 : -1));
    list = value.filter((element) => holds(element, condition));
    if (!all) {
      if (list.length === 0) return NOTHING;
      return rest === null ? list[0] : find(list[0], rest);
    }
  }
  if (rest === null) return list;
  if (piped) return find(text === '#' ? value.length : list, rest);
  const bar = barOf(rest);
  const each = bar < 0 ? rest : rest.slice(0, bar);
  const found = list.map((element) => find(element, each)).filter((item) => item !== NOTHING);
  return bar < 0 ? found : find(found, rest.slice(bar + 1));
}

/** Where a bar ends what is for each element; -1 if nothing does. */
function barOf(path) {
  let at = 0;
  let left = path;
  while (left !== null) {
    const { text, rest, piped } = split(left);
    if (piped) return at + text.length;
    at += text.length + 1;
    left = rest;
  }
  return -1;
}

/** The name of a part without one: the last key of its path if that is plain, as in GJSON. */
function nameOf(path) {
  let last = path;
  for (let left = path; left !== null; left = split(left).rest) last = left;
  return /[[\]{}()#|!]/.test(last) ? '_' : unescaped(last);
}

/** The parts between the brackets, as `[name, path]`. */
function parts(text) {
  const found = [];
  let start = 0;
  let colon = -1;
  const take = (end) => {
    const path = text.slice(colon < 0 ? start : colon + 1, end).trim();
    const given = colon < 0 ? nameOf(path) : text.slice(start, colon).trim();
    found.push([colon < 0 ? given : literal(given), path]);
    [start, colon] = [end + 1, -1];
  };
  for (const [i, character, depth] of places(text, 0, OPENING, CLOSING)) {
    if (depth !== 0) continue;
    if (character === ',') take(i);
    else if (character === ':' && colon < 0 && text[start] !== '@') colon = i;
  }
  take(text.length);
  return found;
}

/** `{name.first,"years":age}` and `[name.first,age]`: what is there of several parts; `!5` is the value 5. */
function multipath(value, text) {
  const closing = text.startsWith('{') ? '}' : ']';
  if (!text.endsWith(closing)) return NOTHING;
  const found = [];
  for (const [name, path] of parts(text.slice(1, -1))) {
    const part = path.startsWith('!') ? literal(path.slice(1)) : find(value, path);
    if (part !== NOTHING) found.push([name, part]);
  }
  return closing === '}' ? Object.fromEntries(found) : found.map(([, part]) => part);
}

function find(value, path) {
  const component = split(path);
  const { text, rest } = component;
  if (text === '#' || text.startsWith('#(')) return elements(value, component);
  const modifier = MODIFIERS[text.split(':')[0]];
  let found;
  if (isMultipath(text)) found = multipath(value, text);
  else found = modifier === undefined ? member(value, text) : modifier(value);
  return found === NOTHING || rest === null ? found : find(found, rest);
}

/** The part of a value that a selector finds, or undefined. */
export function select(value, path) {
  const found = find(value, path);
  return found === NOTHING ? undefined : found;
}
