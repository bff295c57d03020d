// Makes a component of a module: node build.js <wit> <module.js> <component.wasm>
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { componentize } from '@bytecodealliance/componentize-js';

const [wit, source, output] = process.argv.slice(2);
const { component } = await componentize({
  sourcePath: resolve(source),
  witPath: wit,
  worldName: 'vu',
  // Of WASI it needs the clock alone, for the turns of its event loop.
  disableFeatures: ['stdio', 'random', 'http', 'fetch-event'],
});
await writeFile(output, component);
