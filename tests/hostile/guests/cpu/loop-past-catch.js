/** Never returns, and takes every exception for a reason to go on. */
export default function () {
  for (;;) {
    try {
      for (;;);
    } catch {
      continue;
    } finally {
      for (;;);
    }
  }
}
