// Comma-separated values (RFC 4180).

import { GoError } from 'wasock:errors';

const QUOTE = '"';

/** Reads one record after the other from a text. */
class Reader {
  #text;
  #delimiter;
  #at = 0;

  constructor(text, delimiter) {
    this.#text = text;
    this.#delimiter = delimiter;
  }

  /** The fields of the next record; null at the end. Empty lines are no records. */
  next() {
    const text = this.#text;
    while (text[this.#at] === '\n' || text.startsWith('\r\n', this.#at)) this.#at += 1;
    if (this.#at >= text.length) return null;
    const fields = [];
    for (;;) {
      fields.push(text[this.#at] === QUOTE ? this.#quoted() : this.#plain());
      if (text[this.#at] !== this.#delimiter) break;
      this.#at += 1;
    }
    return fields;
  }

  /** A field up to the delimiter or the end of the line. */
  #plain() {
    const text = this.#text;
    const start = this.#at;
    let end = start;
    while (end < text.length && text[end] !== this.#delimiter && text[end] !== '\n') end += 1;
    this.#at = end;
    const stop = text[end] === '\n' && text[end - 1] === '\r' && end > start ? end - 1 : end;
    return text.slice(start, stop);
  }

  /** A field in quotes, in which two stand for one. */
  #quoted() {
    const text = this.#text;
    const start = this.#at;
    let field = '';
    let from = start + 1;
    for (;;) {
      const end = text.indexOf(QUOTE, from);
      if (end < 0) throw this.#wrong('a field in quotes does not end', start);
      field += text.slice(from, end);
      from = end + 1;
      if (text[from] !== QUOTE) break;
      field += QUOTE;
      from += 1;
    }
    if (text.startsWith('\r\n', from)) from += 1;
    if (from < text.length && text[from] !== this.#delimiter && text[from] !== '\n') {
      throw this.#wrong('text follows the quotes of a field', from);
    }
    this.#at = from;
    return field;
  }

  #wrong(what, at) {
    const line = this.#text.slice(0, at).split('\n').length;
    return new GoError(`the CSV is malformed in line ${line}: ${what}`);
  }
}

/** The records of a text as the options of k6/experimental/csv ask for them. */
export function csvRows(text, { delimiter, asObjects, skipFirstLine, fromLine, toLine }) {
  const reader = new Reader(text, delimiter);
  const rows = [];
  let names = null;
  for (let line = 0; line <= toLine; line++) {
    const fields = reader.next();
    if (fields === null) break;
    if (asObjects && names === null) {
      names = fields;
      continue;
    }
    if ((skipFirstLine && line === 0) || line < fromLine) continue;
    rows.push(asObjects ? Object.fromEntries(names.map((name, i) => [name, fields[i]])) : fields);
  }
  return rows;
}
