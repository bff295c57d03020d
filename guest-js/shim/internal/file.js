// The files of k6/experimental/fs.

import { GoError } from 'wasock:errors';
import { readBytes, readText } from 'wasock:open';
import { freeze, isInteger, typedArrayName, viewedBytes } from 'wasock:primordials';

/** What an offset of `seek` counts from. */
export const SeekMode = freeze({ Start: 0, Current: 1, End: 2 });

/** What the host knows a file by; throws for every other value. */
let givenOf;

class File {
  #given;
  #size;
  #offset = 0;
  /** The content, from the first `read` to the end of the file. */
  #bytes = null;

  constructor(given, size) {
    this.#given = given;
    this.#size = size;
  }

  /** The path as it was given. */
  get path() {
    return this.#given.name;
  }

  /** Name and size in bytes. */
  async stat() {
    return { name: this.#given.name.replace(/^.*[/\\]/, ''), size: this.#size };
  }

  /** Fills the array with what comes next. Returns how many bytes that are; null at the end. */
  async read(array) {
    if (typedArrayName(array) !== 'Uint8Array') {
      throw new TypeError('the argument of read() is not a Uint8Array');
    }
    const rest = this.#size - this.#offset;
    if (rest <= 0) {
      this.#bytes = null;
      return null;
    }
    const count = Math.min(rest, viewedBytes(array).length);
    this.#bytes ??= readBytes(this.#given);
    array.set(new Uint8Array(this.#bytes, this.#offset, count));
    this.#offset += count;
    return count;
  }

  /** Moves to another place, and returns it. */
  async seek(offset, whence = SeekMode.Start) {
    const from = [0, this.#offset, this.#size][whence];
    if (!isInteger(offset) || from === undefined) {
      throw new TypeError('seek() takes a whole number and one of SeekMode');
    }
    const place = from + offset;
    if (place < 0 || place > this.#size) {
      throw new GoError(`the place ${place} is outside of the file, which has ${this.#size} bytes`);
    }
    this.#offset = place;
    return place;
  }

  static {
    givenOf = (file) => file.#given;
  }
}

/** A file that exists and may be read. */
export const makeFile = (given) => new File(given, readBytes(given).byteLength);

/** The whole text of a file. */
export const fileText = (file) => readText(givenOf(file));

/** A name that no other file has. */
export function fileIdentity(file) {
  const { name, module } = givenOf(file);
  return `${module} ${name}`;
}
