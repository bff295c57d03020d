/** Spreads an iterator that has no end. */
export default function () {
  const endless = {
    [Symbol.iterator]: () => ({ next: () => ({ done: false, value: 1 }) }),
  };
  return [...endless];
}
