// `shared-data`: arrays that are kept once for all who are given the same `SharedData`.
import { dispose } from '../client.js';
import { trap } from '../refusal.js';

/** The most arrays that one guest has in its hands. */
const HANDLES = 4096;

/** The most bytes of text in all arrays, about: they are kept for as long as the guest is there. */
const MOST_BYTES = 256 << 20;

/** The arrays of one guest, by name. */
export const sharedDataOf = () => {
  const arrays = new Map();
  const drafts = new Set();
  let handles = 0;
  let bytes = 0;

  const count = () => {
    if (handles >= HANDLES) throw trap(`the guest has ${HANDLES} shared arrays, which is the most`);
    handles += 1;
  };

  class SharedArray {
    #elements;
    constructor(elements) {
      this.#elements = elements;
    }
    length() {
      return this.#elements.length;
    }
    element(index) {
      return this.#elements[index];
    }
    [dispose]() {
      handles -= 1;
    }
  }

  class Draft {
    #elements = [];
    #name;
    constructor(name) {
      this.#name = name;
      drafts.add(name);
    }
    append(elements) {
      const more = elements.reduce((sum, element) => sum + 2 * element.length, 0);
      if (bytes + more > MOST_BYTES) throw `all shared arrays together may have ${MOST_BYTES} bytes`;
      bytes += more;
      for (const element of elements) this.#elements.push(element);
    }
    static finish(draft) {
      drafts.delete(draft.#name);
      arrays.set(draft.#name, draft.#elements);
      return new SharedArray(draft.#elements);
    }
    [dispose]() {
      if (drafts.delete(this.#name)) handles -= 1;
    }
  }

  const find = (name) => {
    if (drafts.has(name)) throw `the SharedArray "${name}" is made of itself`;
    count();
    const elements = arrays.get(name);
    return elements ? { tag: 'complete', val: new SharedArray(elements) } : { tag: 'missing', val: new Draft(name) };
  };
  return { find, SharedArray, Draft };
};
