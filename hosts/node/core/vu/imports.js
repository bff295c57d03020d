// The interfaces of the world `vu` for one guest, as far as one user without a load test needs them.
import { clientImports } from '../client.js';
import { noCookies, noFiles, noHttp, noSecrets } from './closed.js';
import { consoleOf } from './console.js';
import { environmentOf } from './environment.js';
import { sharedDataOf } from './shared-data.js';
import { summaryOf } from './summary.js';
import { tagsOf } from './tags.js';

/**
 * All that a guest of wasock's imports.
 *
 * @param {import('../client.js').Client} client
 * @param {object} parts
 * @param {(line: object) => void} parts.write takes the lines of the console
 * @param {Record<string, string>} parts.env the variables
 * @param {import('./metrics.js').Measurements} parts.measurements
 * @param {import('./execution.js').Execution} parts.execution
 * @param {() => void} parts.interrupt asks the guest to finish
 * @param {object} [parts.files] the interface `files`; closed without it
 * @param {object} [parts.cookies] the interface `cookies`; refuses without it
 * @param {object} [parts.http] the interface `http`; refuses without it
 */
export const vuImports = (client, { write, env, measurements, execution, interrupt, files, cookies, http }) => ({
  ...clientImports(client),
  ...measurements.imports(client),
  'wasock:websocket/console': consoleOf(write),
  'wasock:websocket/environment': environmentOf(env),
  'wasock:websocket/tags': tagsOf(),
  'wasock:websocket/execution': execution.imports(client, interrupt),
  'wasock:websocket/shared-data': sharedDataOf(),
  'wasock:websocket/summary': summaryOf(),
  'wasock:websocket/files': files ?? noFiles(),
  'wasock:websocket/secrets': noSecrets(),
  'wasock:websocket/http': http ?? noHttp(client),
  'wasock:websocket/cookies': cookies ?? noCookies(),
});
