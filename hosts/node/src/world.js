// What a component imports and exports, and whether this host has it.
import { HostError } from '../core/host-error.js';

/** The version of wasock's WIT. */
const VERSION = '0.1.0';

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
    throw new HostError(`${name} is no sound component: ${error.payload ?? error.message ?? error}`);
  }
  const [, body = ''] = /^world root \{\n([\s\S]*?)^\}/m.exec(wit) ?? [];
  const imported = [...body.matchAll(/^ {2}import ([\w:/.@-]+);/gm)].map(([, one]) => one);
  for (const one of imported) check(one, name);
  const wasiVersions = imported.flatMap((one) => /^wasi:io\/poll@(.*)$/.exec(one)?.[1] ?? []);
  return { exports: await exportsOf(bytes, body), wasiVersions };
};

const check = (imported, name) => {
  const [, wanted, version] = /^wasock:websocket\/([\w-]+)@(.*)$/.exec(imported) ?? [];
  if (version !== undefined && version !== VERSION) {
    const hint = 'wit/ has changed since: build it anew';
    throw new HostError(`${name} was built for wasock:websocket@${version}, and this host has ${VERSION}`, hint);
  }
  if (WASOCK.includes(wanted) || WASI.test(imported)) return;
  throw new HostError(`${name} imports ${imported}, which this host does not have`);
};

/** The stages of a test (`lifecycle`). */
const STAGES = ['init', 'setup', 'iterate', 'teardown', 'handle-summary'];

const LIFECYCLE = `wasock:websocket/lifecycle@${VERSION}`;

/** The functions that the world itself exports, and those of exported interfaces. */
const exportsOf = async (bytes, body) => {
  const functions = [...body.matchAll(/^ {2}export ([\w-]+): func\(/gm)].map(([, one]) => one);
  const interfaces = [...body.matchAll(/^ {2}export ([\w:/.@-]+);/gm)].map(([, one]) => one);
  const stages = interfaces.includes(LIFECYCLE) ? STAGES.map((stage) => `${LIFECYCLE}#${stage}`) : [];
  const others = interfaces.filter((one) => one !== LIFECYCLE);
  const found = others.length > 0 ? await declared(bytes, others) : [];
  return [...functions, ...stages, ...found];
};

/** The functions of interfaces, which jco tells only in the declarations that it makes for TypeScript. */
const declared = async (bytes, interfaces) => {
  const { transpileBytes } = await import('@bytecodealliance/jco-transpile');
  const { files } = await transpileBytes(bytes, { name: 'guest', instantiation: 'async' });
  return interfaces.flatMap((one) => {
    const file = `interfaces/${one.replace(/@.*/, '').replace(/[:/]/g, '-')}.d.ts`;
    const text = new TextDecoder().decode(files[file] ?? new Uint8Array());
    const names = [...text.matchAll(/^export function (\w+)\(/gm)].map(([, name]) => name);
    return names.map((name) => `${one}#${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
  });
};
