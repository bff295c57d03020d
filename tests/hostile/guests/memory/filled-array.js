/** Fills the longest array that there can be. */
export default function () {
  Array(2 ** 32 - 1).fill(0);
}
