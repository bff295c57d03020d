// Bounds the memory of a guest. JavaScript has no say in how far the memory of an instance grows, but its module has.

/** The id of the section of a module that has its memory (WebAssembly, binary format). */
const MEMORIES = 5;

/** The bytes before the first section: magic and version. */
const HEAD = 8;

/** Reads a number of LEB128 at `place`; returns it and where the next begins. */
const readNumber = (bytes, place) => {
  let number = 0;
  let end = place;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[end];
    end += 1;
    number += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return [number, end];
  }
};

const numberBytes = (number) => {
  const bytes = [];
  for (let rest = number; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) | 0x80);
  }
};

/**
 * A module whose own memory, if it has one, grows to so many pages of 64 KiB at most.
 *
 * @param {Uint8Array} module
 * @param {number} pages
 */
export const bounded = (module, pages) => {
  for (let place = HEAD; place < module.length; ) {
    const [size, start] = readNumber(module, place + 1);
    if (module[place] === MEMORIES) {
      const section = memorySection(module, start, pages);
      if (!section) return module;
      const before = module.subarray(0, place);
      const after = module.subarray(start + size);
      return Buffer.concat([before, Buffer.from([MEMORIES, ...numberBytes(section.length), ...section]), after]);
    }
    place = start + size;
  }
  return module;
};

/** The section with one memory of 32 bits that is not shared: that of all components so far. */
const memorySection = (module, start, pages) => {
  const [count, at] = readNumber(module, start);
  const [flags, behind] = readNumber(module, at);
  if (count !== 1 || flags > 1) return undefined;
  const [least, end] = readNumber(module, behind);
  const most = flags === 1 ? Math.min(readNumber(module, end)[0], pages) : pages;
  return [1, 1, ...numberBytes(least), ...numberBytes(Math.max(least, most))];
};
