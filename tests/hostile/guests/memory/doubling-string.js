/** Doubles a string until it cannot be longer. */
export default function () {
  let text = 'x';
  try {
    for (;;) text = JSON.parse(JSON.stringify(text + text));
  } catch (error) {
    console.log(`${error.name}: ${error.message}`);
  }
}
