// What a component imports and exports, and whether this host has it.
import { HostError } from '../core/host-error.js';

/** The version of wasock's WIT. */
const VERSION = '0.1.0';

/** What a test exports, and the stages that are in it. */
export const LIFECYCLE = `wasock:websocket/lifecycle@${VERSION}`;
const STAGES = ['init', 'setup', 'iterate', 'teardown', 'handle-summary'];

const WASOCK = [
  'types',
  'events',
  'sockets',
  'timers',
  'console',
  'environment',
  'tags',
  'metrics',
  'round-trips',
  'execution',
  'shared-data',
  'summary',
  'files',
  'secrets',
  'http',
  'cookies',
];

const WASI = /^wasi:(cli|clocks|io|random|filesystem|sockets)\//;

/** The error for a component that is cut off, or damaged. */
export const unsound = (name, error) => {
  const why = String(error?.payload ?? error?.message ?? error)
    .trim()
    .split(/\s*\n\s*/)
    .join(': ');
  return new HostError(`${name} is no sound component: ${why}`, 'build it anew, or copy it again');
};

/**
 * Fails unless a component has all stages of a test.
 *
 * @param {(stage: string) => boolean} has whether it exports a stage, by the name in `lifecycle`
 * @param {string} name how errors name the component
 */
export const checkStages = (has, name) => {
  const lacks = STAGES.filter((stage) => !has(stage));
  if (lacks.length === STAGES.length) {
    const hint = `build it for the world vu: it exports ${LIFECYCLE}`;
    throw new HostError(`${name} exports no lifecycle, so it is no test`, hint);
  }
  if (lacks.length > 0) {
    throw new HostError(`${name} lacks ${lacks.join(', ')} of ${LIFECYCLE}`, 'build it for the world vu');
  }
};

/** Fails unless a component has all stages of a test, by the declarations among the files that jco makes of it. */
export const checkTest = (files, name) => {
  const stages = declaredIn(files, LIFECYCLE);
  checkStages((stage) => stages.includes(stage), name);
};

/**
 * Reads the world of a component.
 *
 * @returns {Promise<{ exports: string[], wasiVersions: string[] }>} the exported functions as jco names them, and the
 *   versions of WASI that the component waits with
 */
export const readWorld = async (bytes, name) => {
  const { componentWit } = await import('@bytecodealliance/jco-transpile/wasm-tools');
  let wit;
  try {
    wit = await componentWit(bytes);
  } catch (error) {
    throw unsound(name, error);
  }
  const [, body = ''] = /^world root \{\n([\s\S]*?)^\}/m.exec(wit) ?? [];
  const imported = [...body.matchAll(/^ {2}import ([\w:/.@-]+);/gm)].map(([, one]) => one);
  for (const one of imported) check(one, name);
  const [, alone] = /^ {2}import ([\w-]+): /m.exec(body) ?? [];
  if (alone !== undefined) throw absent(name, alone);
  for (const [, one] of body.matchAll(/^ {2}export ([\w:/.@-]+);/gm)) checkVersion(one, name);
  const wasiVersions = imported.flatMap((one) => /^wasi:io\/poll@(.*)$/.exec(one)?.[1] ?? []);
  return { exports: await exportsOf(bytes, body), wasiVersions };
};

const check = (imported, name) => {
  const wanted = checkVersion(imported, name);
  if (!WASOCK.includes(wanted) && !WASI.test(imported)) throw absent(name, imported);
};

/** The name of an interface of wasock's, if it is one; its version has to be ours. */
const checkVersion = (one, name) => {
  const [, wanted, version] = /^wasock:websocket\/([\w-]+)@(.*)$/.exec(one) ?? [];
  if (version !== undefined && version !== VERSION) {
    const hint = 'wit/ has changed since: build it anew';
    throw new HostError(`${name} was built for wasock:websocket@${version}, and this host has ${VERSION}`, hint);
  }
  return wanted;
};

const absent = (name, imported) =>
  new HostError(
    `${name} imports ${imported}, which this host does not have`,
    'it has wasock:websocket and parts of WASI 0.2: build the component without that import',
  );

/** The functions that the world itself exports, and those of exported interfaces. */
const exportsOf = async (bytes, body) => {
  const functions = [...body.matchAll(/^ {2}export ([\w-]+): func\(/gm)].map(([, one]) => one);
  const interfaces = [...body.matchAll(/^ {2}export ([\w:/.@-]+);/gm)].map(([, one]) => one);
  const stages = interfaces.includes(LIFECYCLE) ? STAGES.map((stage) => `${LIFECYCLE}#${stage}`) : [];
  const others = interfaces.filter((one) => one !== LIFECYCLE);
  const found = others.length > 0 ? await declared(bytes, others) : [];
  return [...functions, ...stages, ...found];
};

const declared = async (bytes, interfaces) => {
  const { transpileBytes } = await import('@bytecodealliance/jco-transpile');
  const { files } = await transpileBytes(bytes, { name: 'guest', instantiation: 'async' });
  return interfaces.flatMap((one) => declaredIn(files, one).map((name) => `${one}#${name}`));
};

/** The functions of an interface, which jco tells only in the declarations that it makes for TypeScript. */
const declaredIn = (files, one) => {
  const file = `interfaces/${one.replace(/@.*/, '').replace(/[:/]/g, '-')}.d.ts`;
  const text = new TextDecoder().decode(files[file] ?? new Uint8Array());
  const names = [...text.matchAll(/^export function (\w+)\(/gm)].map(([, name]) => name);
  return names.map((name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`));
};
