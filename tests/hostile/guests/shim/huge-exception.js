/** Throws an error with a message of sixteen million characters. */
export default function () {
  throw new Error('x'.repeat(1 << 24));
}
