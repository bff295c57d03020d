// k6/experimental/csv: records of a file, shared by all virtual users.

import { csvRows } from 'wasock:csv-rows';
import { GoError } from 'wasock:errors';
import { fileIdentity, fileText } from 'wasock:file';
import { isInteger, stringifyJson } from 'wasock:primordials';
import { SharedArray } from 'k6/data';

function line(value, name, missing) {
  if (value === undefined || value === null) return missing;
  if (isInteger(value) && value >= 0) return value;
  throw new GoError(`the option '${name}' is ${value}, expected a line from 0`);
}

function readOptions(options) {
  const { delimiter = ',', asObjects, skipFirstLine, fromLine, toLine } = options ?? {};
  if (typeof delimiter !== 'string' || delimiter.length !== 1) {
    throw new GoError(`the option 'delimiter' is '${delimiter}', expected one character`);
  }
  const first = line(fromLine, 'fromLine', 0);
  const last = line(toLine, 'toLine', Number.MAX_SAFE_INTEGER);
  if (first > last) throw new GoError("the option 'fromLine' is behind 'toLine'");
  return {
    delimiter,
    asObjects: Boolean(asObjects),
    skipFirstLine: Boolean(skipFirstLine),
    fromLine: first,
    toLine: last,
  };
}

/** The same file with the same options is one array, whoever asks for it. */
function records(file, options) {
  const settings = readOptions(options);
  const name = `csv ${stringifyJson(settings)} ${fileIdentity(file)}`;
  return new SharedArray(name, () => csvRows(fileText(file), settings));
}

/** The records of a file of k6/experimental/fs as a SharedArray, as a promise. */
export const parse = async (file, options = undefined) => records(file, options);

/** Goes from record to record. */
export class Parser {
  #records;
  #next = 0;

  constructor(file, options = undefined) {
    this.#records = records(file, options);
  }

  /** The next record, as a promise of `{done, value}`. */
  async next() {
    if (this.#next >= this.#records.length) return { done: true, value: undefined };
    const value = this.#records[this.#next];
    this.#next += 1;
    return { done: false, value };
  }
}

export default { Parser, parse };
