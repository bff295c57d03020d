import { Counter } from 'k6/metrics';

let counter;

export function init() {
  counter = new Counter('tagged');
}

/** Adds values, each with a tag of its own. */
export default function () {
  for (let i = 0; i < 100_000; i++) counter.add(1, { number: `${i}` });
}
