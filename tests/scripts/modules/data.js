// The module k6/data.

import data, { SharedArray } from 'k6/data';
import { Counter } from 'k6/metrics';

const made = new Counter('made');

function thrown(action) {
  try {
    return `returned ${action()}`;
  } catch (error) {
    return `${error}`;
  }
}

const source = () => [{ id: 1, tags: ['a', { deep: true }] }, 'two', 3, null, undefined, [4, 5]];

const shared = new SharedArray('values', source);
const again = new SharedArray('values', () => {
  throw new Error('a name is made once');
});
const numbers = new SharedArray('numbers', () => Array.from({ length: 10 }, (_, i) => i));
const nested = new SharedArray('outer', () => [...new SharedArray('inner', () => [1, 2]), 3]);
const copied = new data.SharedArray('copied', () => numbers.filter((n) => n % 2 === 1));
const empty = new SharedArray('empty', () => []);

const refusedAtInit = [
  () => new SharedArray('', () => []),
  () => new SharedArray(undefined, () => []),
  () => new SharedArray('no function', [1]),
  () => new SharedArray('no function'),
  () => new SharedArray('async', async () => []),
  () => new SharedArray('object', () => ({})),
  () => new SharedArray('text', () => 'abc'),
  () => SharedArray('called', () => []),
  () => new SharedArray('itself', () => new SharedArray('itself', () => [])),
  () => new SharedArray('big', () => [1n]),
  () =>
    new SharedArray(`throws ${__VU}`, () => {
      throw new RangeError('no luck');
    }),
].map(thrown);
// A name that failed is free.
const retried = new SharedArray(`throws ${__VU}`, () => ['worked']);

export function reads() {
  console.log(shared.length, JSON.stringify(shared), shared[0].tags[1].deep, shared[6], shared[-1], shared['01'], shared.none);
  console.log(JSON.stringify(again), JSON.stringify(nested), JSON.stringify(copied), empty.length, retried[0]);
}

export function isArrayLike() {
  console.log(Array.isArray(shared), shared instanceof Array, Object.keys(numbers).join(), 9 in numbers, 10 in numbers, 'length' in numbers);
  let sum = 0;
  for (const n of numbers) sum += n;
  for (const i in numbers) sum += numbers[i];
  numbers.forEach((n) => {
    sum += n;
  });
  console.log(sum, [...numbers].length, numbers.map((n) => n * 2).join(), numbers.find((n) => n > 6), numbers.indexOf(7), numbers.includes(11));
  console.log(numbers.slice(-2).join(), numbers.at(-1), numbers.concat([10]).length, numbers.reduce((a, b) => a + b), numbers.some((n) => n > 8), [...numbers.entries()][3].join());
  const [first, second, ...rest] = numbers;
  console.log(first, second, rest.length, JSON.stringify(structuredClone([...shared])), Math.max(...numbers));
  console.log(nested);
}

export function isReadOnly() {
  const writes = [
    () => {
      numbers[0] = 5;
    },
    () => {
      numbers.length = 0;
    },
    () => numbers.push(1),
    () => numbers.reverse(),
    () => delete numbers[0],
    () => Object.defineProperty(numbers, '0', { value: 1 }),
    () => Object.setPrototypeOf(numbers, null),
    () => Object.freeze(numbers),
    () => {
      shared[0].id = 2;
    },
    () => shared[0].tags.push('b'),
  ];
  for (const write of writes) console.log(thrown(write).replace(/:.*immutable/, ': immutable'));
  console.log(shared[0] === shared[0], Object.isFrozen(shared[0]), Object.isFrozen(shared[0].tags[1]), JSON.stringify(shared[0]), numbers.length);
}

export function refused() {
  for (const line of refusedAtInit) console.log(line);
  console.log(thrown(() => new SharedArray('late', () => [])));
}

export function addsUp() {
  made.add(numbers[__VU % 10]);
}
