// Makes JavaScript of a component, and keeps it by the component's content.
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { WAITING } from '../core/client.js';
import { HostError } from '../core/host-error.js';
import { MEMORY_PAGES } from '../core/limits.js';
import { shown } from '../core/options.js';
import { wasiWaiting } from '../core/wasi.js';
import { bounded } from './memory.js';
import { checkTest, readWorld, unsound } from './world.js';

/** Changes whenever other JavaScript is made of the same component. */
const RECIPE = 'jco-transpile 0.15.0, 3';

/** How a component begins (Component Model, binary format): magic and version, and the layer. */
const MAGIC = [0, 0x61, 0x73, 0x6d];
const HEADER = 8;
const MODULE = 0;

/** Where transpiled components are kept, unless an embedder says otherwise. */
export const cacheFolder = () => join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'wasock', 'node');

/** Reads a component, given by its path, its URL or its bytes. */
export const readComponent = async (component) => {
  if (component instanceof Uint8Array) return { bytes: component, name: 'the component' };
  if (typeof component !== 'string' && !(component instanceof URL)) {
    throw new HostError(`the component is ${shown(component)}, expected its path, its URL or its bytes`);
  }
  const name = String(component);
  try {
    return { bytes: await readFile(component), name };
  } catch (error) {
    const words = { ENOENT: 'there is no such file', EISDIR: 'it is a directory' };
    throw new HostError(
      `${name} cannot be read: ${words[error.code] ?? error.message}`,
      'name the file of a component',
    );
  }
};

/** How to build a component. */
const BUILD =
  'wasock compile makes a component of a script; docs/guests.md in the repository of wasock has other languages';

/** What else a file may be, by how it begins. */
const noWasm = (bytes) => {
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 64)).trimStart();
  if (bytes.length === 0) return ['is empty', 'build the component anew'];
  if (/^\((component|module)\b/.test(start)) return ['is WebAssembly as text', 'wasm-tools parse makes a binary of it'];
  if (bytes[0] === 0x1f && bytes[1] === 0x8b)
    return ['is compressed, and no WebAssembly', 'gunzip makes a component of it'];
  return ['is no WebAssembly', BUILD];
};

const checkLayer = (bytes, name) => {
  if (!MAGIC.every((byte, place) => bytes[place] === byte)) {
    const [what, hint] = noWasm(bytes);
    throw new HostError(`${name} ${what}`, hint);
  }
  if (bytes.length < HEADER) throw new HostError(`${name} is cut off`, 'build the component anew');
  if (bytes[6] === MODULE) {
    throw new HostError(
      `${name} is a WebAssembly module, and no component`,
      'wasm-tools component new makes one of it',
    );
  }
};

/**
 * The JavaScript of a component.
 *
 * @param {string | URL | Uint8Array} component its path, its URL or its bytes
 * @param {{ waiting: 'jspi' | 'blocking', cache?: string }} options how the guest is to wait, and where to keep it
 * @returns {Promise<{ folder: string, url: string, modules: string[], name: string }>} where its files are
 * @throws {HostError} it is no component, or imports what this host does not have
 */
export const transpiled = async (component, { waiting, cache = cacheFolder() }) => {
  const { bytes, name } = await readComponent(component);
  checkLayer(bytes, name);
  const key = createHash('sha256').update(`${RECIPE}, ${waiting}\n`).update(bytes).digest('hex');
  const folder = join(cache, key.slice(0, 32));
  if (!(await exists(folder))) await make(bytes, name, waiting, cache, folder);
  const modules = (await readdir(folder)).filter((file) => file.endsWith('.wasm'));
  return { folder, url: pathToFileURL(join(folder, 'guest.mjs')).href, modules, name };
};

const exists = async (path) => {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
};

/** Files appear all at once, so that of two processes neither sees half of what the other makes. */
const make = async (bytes, name, waiting, cache, folder) => {
  const files = await transpile(bytes, name, waiting);
  try {
    await mkdir(cache, { recursive: true });
    const fresh = await mkdtemp(join(cache, 'new-'));
    for (const [file, content] of Object.entries(files)) {
      await writeFile(join(fresh, file === 'guest.js' ? 'guest.mjs' : file), content);
    }
    await rename(fresh, folder).catch(() => rm(fresh, { recursive: true }));
  } catch (error) {
    throw new HostError(`${cache} cannot be written: ${error.message}`, 'name another folder with --cache');
  }
};

/**
 * The files that jco makes of a component, by name.
 *
 * @param {{ isTest?: boolean }} [wanted] whether it has to be a test, which exports its stages
 */
export const transpile = async (bytes, name, waiting, { isTest = false } = {}) => {
  checkLayer(bytes, name);
  const { transpileBytes } = await import('@bytecodealliance/jco-transpile');
  const world = await readWorld(bytes, name);
  const suspending = waiting === 'jspi' && {
    asyncMode: 'jspi',
    asyncImports: [...WAITING, ...world.wasiVersions.flatMap(wasiWaiting)],
    asyncExports: world.exports,
  };
  const options = {
    name: 'guest',
    instantiation: 'async',
    emitTypescriptDeclarations: isTest,
    nodejsCompat: false,
    base64Cutoff: 0,
    ...suspending,
  };
  const { files } = await transpileBytes(bytes, options).catch((error) => {
    throw unsound(name, error);
  });
  if (isTest) checkTest(files, name);
  const kept = Object.entries(files).filter(([file]) => !file.endsWith('.d.ts'));
  const inBounds = ([file, content]) => [file, file.endsWith('.wasm') ? bounded(content, MEMORY_PAGES) : content];
  try {
    return Object.fromEntries(kept.map(inBounds));
  } catch (error) {
    throw unsound(name, error);
  }
};
