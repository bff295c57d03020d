// `tags`: what a guest's measurements carry.

/** The most tags of a guest, and the longest name or value, in characters. Further ones are left out, longer ones cut. */
const MOST = 256;
const LONGEST = 4096;

const cut = (text) => (text.length > LONGEST ? text.slice(0, LONGEST) : text);

/** Names and values in order of name. */
class Tags {
  #tags = new Map();

  set(name, value) {
    if (this.#tags.size < MOST || this.#tags.has(cut(name))) this.#tags.set(cut(name), cut(value));
  }

  remove(name) {
    this.#tags.delete(name);
  }

  all() {
    const sorted = [...this.#tags].sort(([a], [b]) => (a < b ? -1 : 1));
    return sorted.map(([name, value]) => ({ name, value }));
  }
}

/** The interface for one guest; `initial` are the tags that the host sets. */
export const tagsOf = (initial = {}) => {
  const tags = new Tags();
  const metadata = new Tags();
  for (const [name, value] of Object.entries(initial)) tags.set(name, value);
  return {
    set: (name, value) => tags.set(name, value),
    remove: (name) => tags.remove(name),
    all: () => tags.all(),
    setMetadata: (name, value) => metadata.set(name, value),
    removeMetadata: (name) => metadata.remove(name),
    allMetadata: () => metadata.all(),
  };
};
