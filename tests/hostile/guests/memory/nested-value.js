/** Writes a value as JSON that is nested deeper than any stack. */
export default function () {
  let value = [];
  for (let i = 0; i < 200_000; i++) value = [value];
  JSON.stringify(value);
}
