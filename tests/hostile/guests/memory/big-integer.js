/** Computes a number that has more digits than memory has bytes. */
export default function () {
  try {
    2n ** (2n ** 62n);
  } catch (error) {
    console.log(`${error.name}: ${error.message}`);
  }
  let number = 3n;
  for (;;) number *= number;
}
