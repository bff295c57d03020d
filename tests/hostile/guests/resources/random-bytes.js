/** Asks for random bytes by the gigabyte. */
export default function () {
  for (const size of [65_537, 2 ** 28]) {
    try {
      crypto.getRandomValues(new Uint8Array(size));
    } catch (error) {
      console.log(`${error.name}: ${error.message}`);
    }
  }
}
