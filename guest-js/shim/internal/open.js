// open(): files, read before the test.

import { GoError } from 'wasock:errors';
import { fromHost } from 'wasock:host-call';
import { native } from 'wasock:native';
import { inInit } from 'wasock:turn';

const { String: toStringValue } = globalThis;

/** The path that was given, and the module of the script that has given it. */
export function givenPath(path) {
  if (!inInit()) {
    throw new GoError(
      'The "open()" function is only available in the init stage (i.e. the global scope)',
    );
  }
  const name = path === undefined || path === null ? '' : toStringValue(path);
  if (name === '') throw new GoError("open() can't be used with an empty filename");
  return { name, module: native.callingModule() };
}

/** The text of a file. */
export const readText = ({ name, module }) => fromHost(() => native.readText(name, module));

/** The bytes of a file, an ArrayBuffer. */
export const readBytes = ({ name, module }) => fromHost(() => native.readFile(name, module));

/**
 * The content of a file: its text, or with the mode 'b' an ArrayBuffer. A relative path starts from
 * the folder of the module that calls.
 */
export function open(path, mode = undefined) {
  const given = givenPath(path);
  return mode === 'b' ? readBytes(given) : readText(given);
}
