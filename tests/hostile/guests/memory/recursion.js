/** Calls itself without end, and catches what comes of it. */
export default function () {
  const deeper = () => 1 + deeper();
  try {
    deeper();
  } catch (error) {
    console.log(`${error.name}: ${error.message}`);
  }
}
