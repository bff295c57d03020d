import { check, group } from 'k6';

/** Gives objects with well-known symbols to whoever converts them. */
export default function () {
  const trick = {
    [Symbol.toPrimitive]: () => {
      throw new Error('not primitive');
    },
    get [Symbol.toStringTag]() {
      throw new Error('no tag');
    },
  };
  const attempts = [
    () => console.log(trick),
    () => group(trick, () => {}),
    () => check(trick, { [Symbol.iterator]: () => true }),
    () => console.log(Symbol('symbol')),
    () => check(1, trick),
  ];
  for (const attempt of attempts) {
    try {
      attempt();
      console.log('no exception');
    } catch (error) {
      console.log(`${error}`);
    }
  }
}
