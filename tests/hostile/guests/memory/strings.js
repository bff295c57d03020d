/** Keeps long strings until there is no more memory. */
export default function () {
  const hoard = [];
  for (let i = 0; ; i++) hoard.push(`${i}`.padEnd(1 << 20, 'x'));
}
