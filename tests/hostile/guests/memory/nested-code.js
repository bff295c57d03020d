/** Compiles code that is nested deeper than any stack: an expression, blocks, a pattern. */
export default function () {
  const deep = 100_000;
  const attempts = [
    () => new Function(`return ${'('.repeat(deep)}1${')'.repeat(deep)}`),
    () => new Function('{'.repeat(deep) + '}'.repeat(deep)),
    () => new RegExp('('.repeat(deep) + ')'.repeat(deep)),
  ];
  for (const attempt of attempts) {
    try {
      attempt();
    } catch (error) {
      console.log(`${error.name}: ${error.message}`);
    }
  }
}
