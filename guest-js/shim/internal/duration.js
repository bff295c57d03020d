// Lengths of time as k6 writes them.

const UNITS = { __proto__: null, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** Milliseconds of a text such as `1d2h3m4.5s6ms`, or NaN if it is malformed. */
export function durationMillis(text) {
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(ms|d|h|m|s)/g);
  let millis = 0;
  let length = 0;
  for (const part of parts) {
    millis += Number(part[1]) * UNITS[part[2]];
    length += part[0].length;
  }
  return length === text.length && length > 0 ? millis : Number.NaN;
}

/** Milliseconds of a number (of milliseconds) or of such a text; NaN for all else. */
export function toMillis(value) {
  if (typeof value === 'number') return value >= 0 ? value : Number.NaN;
  return typeof value === 'string' ? durationMillis(value) : Number.NaN;
}
