import { check } from 'k6';

/** Makes a hundred thousand checks, each with a name of its own. */
export default function () {
  for (let i = 0; i < 100_000; i++) check(i, { [`check ${i}`]: () => true });
}
