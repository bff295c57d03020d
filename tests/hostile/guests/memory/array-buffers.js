/** Asks for the largest buffers, then for many small ones. */
export default function () {
  for (const size of [2 ** 31, 2 ** 40]) {
    try {
      new ArrayBuffer(size);
    } catch (error) {
      console.log(`${error.name}: ${error.message}`);
    }
  }
  const hoard = [];
  for (;;) hoard.push(new ArrayBuffer(1 << 20));
}
