/** Fills arrays until there is no more memory. */
export default function () {
  const hoard = [];
  for (;;) hoard.push(new Array(100_000).fill(1.5));
}
