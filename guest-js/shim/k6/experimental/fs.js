// k6/experimental/fs: files that are opened before the test and read in it.

import { makeFile, SeekMode } from 'wasock:file';
import { givenPath } from 'wasock:open';

/** Opens a file, as a promise. A relative path starts from the folder of the module that calls. */
export const open = async (path) => makeFile(givenPath(path));

export { SeekMode };
export default { open, SeekMode };
