// The files of a page that runs a guest.
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

import { readComponent, transpile } from 'wasock-host/transpile';

const here = fileURLToPath(new URL('..', import.meta.url));

/** Where the package is that page and Node.js have in common. */
const shared = dirname(fileURLToPath(import.meta.resolve('wasock-host/package.json')));

/**
 * All files of the page.
 *
 * @param {string | URL | Uint8Array} component the guest: its path, its URL or its bytes
 * @returns {Promise<Map<string, Uint8Array>>} contents by path, with `/` between folders
 */
export const site = async (component) => {
  const { bytes, name } = await readComponent(component);
  const guest = await transpile(bytes, name, 'jspi', { isTest: true });
  const files = new Map([['index.html', await readFile(join(here, 'page/index.html'))]]);
  for (const folder of ['page', 'src']) await add(files, join(here, folder), here, '');
  await add(files, join(shared, 'core'), shared, 'wasock-host/');
  for (const [file, content] of Object.entries(guest)) {
    files.set(`guest/${file === 'guest.js' ? 'guest.mjs' : file}`, content);
  }
  return files;
};

const add = async (files, folder, root, prefix) => {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath ?? entry.path, entry.name);
    files.set(prefix + relative(root, path).split(sep).join('/'), await readFile(path));
  }
};
