/** Writes a line of 64 MiB to the console. */
export default function () {
  console.log('x'.repeat(1 << 26));
}
