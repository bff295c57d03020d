/** Repeats a string to a length that nothing can hold. */
export default function () {
  for (const count of [2 ** 29, 2 ** 31, 2 ** 53]) {
    try {
      'xx'.repeat(count);
    } catch (error) {
      console.log(`${error.name}: ${error.message}`);
    }
  }
}
