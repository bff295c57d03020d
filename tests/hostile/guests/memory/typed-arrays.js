/** Writes to each byte of memory that it can get. */
export default function () {
  const hoard = [];
  for (;;) hoard.push(new Uint8Array(1 << 20).fill(1));
}
