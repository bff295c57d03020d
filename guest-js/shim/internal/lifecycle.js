// The stages of a test: the engine calls these functions, and they call the script's.

import { forgetCurrentJar } from 'wasock:cookies';
import { defineGlobal } from 'wasock:define-global';
import { GoError } from 'wasock:errors';
import { native } from 'wasock:native';
import {
  freeze,
  isArrayBuffer,
  isFiniteNumber,
  keys,
  ownKeys,
  parseJson,
  stringifyJson,
  viewedBytes,
} from 'wasock:primordials';
import { hasFeature, resetOptions } from 'wasock:runtime-options';
import { state } from 'wasock:state';
import { enterPhase, startClock } from 'wasock:turn';

/** The functions that the runner calls by themselves, not as an `exec` of a scenario. */
const STAGES = ['setup', 'teardown', 'handleSummary'];

/** The only key of an object that stands for what JSON has no form for; its value says what that is. */
const NO_JSON = 'wasock:no-json';

/** `__ENV`: what the run grants. */
function environment() {
  // What there was goes first: its memory is used again.
  globalThis.__ENV = null;
  const variables = native.variables();
  return state.freezesEnvironment ? freeze(variables) : variables;
}

// They are there from the snapshot on: a new global would cost each virtual user pages of memory.
defineGlobal('__VU', 0);
defineGlobal('__ITER', 0);
defineGlobal('__ENV', {});

/** Before the script's top level. */
export function start() {
  startClock();
  resetOptions();
  state.freezesEnvironment = hasFeature('freeze-env');
  state.scriptExports = { __proto__: null };
  globalThis.__VU = native.vu().idInInstance;
  globalThis.__ITER = 0;
  globalThis.__ENV = environment();
}

/** What a module exports; a CommonJS one does so through `module.exports`. */
function exportsOf(namespace) {
  if (namespace.__wasock_commonjs !== true) return namespace;
  const exported = namespace.default;
  if (typeof exported === 'function' && exported.default === undefined)
    return { default: exported };
  return typeof exported === 'object' && exported !== null ? exported : {};
}

/** After the script's top level: its functions, and its options as JSON. */
export function describe(namespace) {
  const source = exportsOf(namespace);
  const functions = [];
  const names = namespace === source ? ownKeys(source) : keys(source);
  for (let i = 0; i < names.length; i++) {
    const name = names[i];
    if (typeof name !== 'string') continue;
    const value = source[name];
    state.scriptExports[name] = value;
    if (typeof value === 'function') functions[functions.length] = name;
    else if (STAGES.includes(name) && value !== undefined && value !== null) {
      throw new TypeError(
        `the export '${name}' must be a function, but it is of type ${typeof value}`,
      );
    }
  }
  return { functions, options: describeOptions(state.scriptExports.options) };
}

/** What JSON has no form for, in words; undefined for all else. `around` are the objects that hold the value. */
function withoutForm(value, around) {
  switch (typeof value) {
    case 'number':
      return isFiniteNumber(value) ? undefined : `${value}`;
    case 'bigint':
      return `${value}n`;
    case 'function':
      return 'a function';
    case 'symbol':
      return 'a symbol';
    case 'object':
      for (let i = 0; i < around.length; i++) {
        if (around[i] === value) return 'an object that it is itself in';
      }
  }
  return undefined;
}

function describeOptions(options) {
  if (options === undefined || options === null) return undefined;
  // What is wrong with options is told by the host, which knows what it expects at each place.
  if (typeof options === 'bigint') return stringifyJson(typeof options);
  if (typeof options !== 'object') return stringifyJson(options) ?? stringifyJson(typeof options);
  // They are checked where they are found out; users pay for the memory that they touch.
  if (native.vu().idInInstance !== 0) return stringifyJson(options);
  const around = [];
  return stringifyJson(options, function (_, value) {
    let depth = around.length;
    while (depth > 0 && around[depth - 1] !== this) depth--;
    if (depth > 0) around.length = depth;
    const text = withoutForm(value, around);
    if (text !== undefined) return { [NO_JSON]: text };
    if (typeof value === 'object' && value !== null) around[around.length] = value;
    return value;
  });
}

/** Notes the stage that begins; 'none' after its end. */
export function enter(phase) {
  enterPhase(phase);
  forgetCurrentJar();
}

function exportedFunction(name) {
  const value = state.scriptExports[name];
  if (typeof value !== 'function') {
    throw new GoError(`function '${name}' not found in exports`);
  }
  return value;
}

/** Each stage gets a copy of its own. */
const toData = (json) => (json === undefined || json === null ? undefined : parseJson(json));

/** Runs `setup`; the engine awaits what it returns. */
export function setup() {
  return exportedFunction('setup')();
}

/** Runs an exported function once. `isFirst` is true for the virtual user's first iteration in this scenario. */
export function iterate(name, data, vu, iteration, isFirst) {
  globalThis.__VU = vu;
  globalThis.__ITER = iteration;
  // A scenario has variables of its own, which the top level could not see.
  if (isFirst) globalThis.__ENV = environment();
  return exportedFunction(name)(toData(data));
}

/** Runs `teardown`. */
export function teardown(data) {
  return exportedFunction('teardown')(toData(data));
}

/** Runs `handleSummary`. */
export function handleSummary(data) {
  return exportedFunction('handleSummary')(toData(data));
}

/** The settled result of `setup`, as JSON. */
export const serialize = (value) => stringifyJson(value);

function contentBytes(name, content) {
  if (typeof content === 'string') return native.encodeUtf8(content);
  if (isArrayBuffer(content)) return content;
  const view = viewedBytes(content);
  if (view === null) {
    throw new TypeError(
      `handleSummary() returned neither a string nor an ArrayBuffer for '${name}', but ${typeof content}`,
    );
  }
  return view.buffer.slice(view.offset, view.offset + view.length);
}

/** What the settled result of `handleSummary` wants written, as `[[destination, buffer], …]`. */
export function summaryOutputs(value) {
  if (!value) return [];
  if (typeof value !== 'object') {
    throw new TypeError(`handleSummary() must return an object, but it returned ${typeof value}`);
  }
  return keys(value).map((name) => [name, contentBytes(name, value[name])]);
}
