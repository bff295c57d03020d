/** Never lets go of who wants to print it. */
export default function () {
  class Endless extends Error {
    toString() {
      for (;;);
    }
  }
  throw new Endless('endless');
}
