// Makes the component: node build.js <wit> <component.wasm>
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { componentize } from '@bytecodealliance/componentize-js';

const [wit, output] = process.argv.slice(2);
const { component } = await componentize({
  sourcePath: fileURLToPath(new URL('chat.js', import.meta.url)),
  witPath: wit,
  worldName: 'vu',
  // Of WASI it needs the clock alone, for the turns of its event loop.
  disableFeatures: ['stdio', 'random', 'http', 'fetch-event'],
});
await writeFile(output, component);
