/** Joins the longest array that there can be, which is empty. */
export default function () {
  Array(2 ** 32 - 1).join('x');
}
