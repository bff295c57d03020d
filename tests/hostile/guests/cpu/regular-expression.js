/** Matches a pattern that takes exponential time. */
export default function () {
  /^(a+)+$/.test(`${'a'.repeat(40)}b`);
}
