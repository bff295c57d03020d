// `files`: what a guest may open. Nothing, unless it is granted.
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The most bytes of one file. */
const MOST = 256 << 20;

/**
 * The interface for one guest.
 *
 * @param {string[]} [grants] files and folders that the guest may read
 */
export const filesOf = (grants = []) => {
  const granted = grants.map((path) => resolve(path));
  const opened = new Map();

  const read = (path, referrer) => {
    const problem = (why) => `cannot open "${path}": ${why}`;
    const wanted = absolute(path, referrer);
    if (wanted === undefined) throw problem('only files can be opened, by a path or a URL that begins with file://');
    const below = granted.filter((grant) => wanted === grant || wanted.startsWith(grant + sep));
    if (below.length === 0) throw problem(`the run does not grant "${wanted}"`);
    if (!opened.has(wanted)) opened.set(wanted, content(wanted, below, problem));
    return opened.get(wanted);
  };
  return { read };
};

const absolute = (path, referrer) => {
  if (path.startsWith('file:')) return fileURLToPath(path);
  if (/^[a-z][a-z0-9+.-]*:/i.test(path)) return undefined;
  return resolve(referrer.startsWith('file:') ? dirname(fileURLToPath(referrer)) : '.', path);
};

/** A link leads nowhere but to what is granted itself. */
const content = (path, grants, problem) => {
  let real;
  try {
    real = realpathSync(path);
  } catch {
    throw problem(`there is no file "${path}"`);
  }
  const inside = grants.some((grant) => {
    const top = realpathSync(grant);
    return real === top || real.startsWith(top + sep);
  });
  if (!inside) throw problem(`"${path}" leads out of the folders that the run grants`);
  const found = statSync(real);
  if (!found.isFile()) throw problem(`"${path}" is not a file`);
  if (found.size > MOST) throw problem(`it has more than ${MOST} bytes, which is the most for one file`);
  return new Uint8Array(readFileSync(real));
};
