/** Clones, flattens and prints a value that is nested deeper than any stack. */
export default function () {
  let value = [];
  for (let i = 0; i < 200_000; i++) value = [value];
  for (const attempt of [structuredClone, (nested) => nested.flat(Infinity), String, console.info]) {
    try {
      attempt(value);
    } catch (error) {
      console.log(`${error.name}: ${error.message}`);
    }
  }
}
