// What embedders import: index.d.ts describes it.
export { HostError } from '../core/host-error.js';
export { hasJspi, instantiate } from './instantiate.js';
export { run, StageError } from './run.js';
export { cacheFolder } from './transpile.js';
