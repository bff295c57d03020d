// The functions of jslib's k6-utils, which wasock carries with it.

import * as v1 from 'https://jslib.k6.io/k6-utils/1.0.0/index.js';
import * as v1_1 from 'https://jslib.k6.io/k6-utils/1.1.0/index.js';
import * as v1_2 from 'https://jslib.k6.io/k6-utils/1.2.0/index.js';
import * as v1_4 from 'https://jslib.k6.io/k6-utils/1.4.0/index.js';
import * as v1_5 from 'https://jslib.k6.io/k6-utils/1.5.0/index.js';

const { check, findBetween, normalDistributionStages, parseDuration, randomIntBetween, randomItem, randomString, uuidv4 } = v1_5;

export function versions() {
  for (const module of [v1, v1_1, v1_2, v1_4, v1_5]) console.log(Object.keys(module).sort().join());
}

export function randomness() {
  const numbers = Array.from({ length: 300 }, () => randomIntBetween(1, 3));
  console.log([...new Set(numbers)].sort().join());
  console.log([...new Set(Array.from({ length: 100 }, () => randomItem(['a', 'b'])))].sort().join());
  console.log(/^[a-z]{20}$/.test(randomString(20)), /^[01]{20}$/.test(randomString(20, '01')));
  console.log(randomString(20) === randomString(20));
}

export function uuids() {
  const pattern = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;
  console.log(pattern.test(uuidv4()), pattern.test(uuidv4(true)), uuidv4() === uuidv4());
}

export function finding() {
  const text = '<b>one</b><b>two</b>';
  console.log(findBetween(text, '<b>', '</b>'), JSON.stringify(findBetween(text, '<b>', '</b>', true)));
  console.log(findBetween(text, '<i>', '</i>'), JSON.stringify(v1_1.findBetween(text, '<i>', '</i>')));
}

export function stages() {
  const list = normalDistributionStages(10, 60, 4);
  console.log(list.length, Math.max(...list.map((stage) => stage.target)), list.at(-1).target);
  console.log(list.reduce((sum, stage) => sum + parseInt(stage.duration, 10), 0));
}

export function durations() {
  console.log(parseDuration('1d2h3m4s5ms'), parseDuration('90s'), parseDuration('1h'));
  try {
    parseDuration('soon');
  } catch (error) {
    console.log(`${error}`);
  }
}

export async function checks() {
  console.log(check(1, { plain: (value) => value === 1 }));
  const result = check(1, { later: async (value) => value === 2, now: true });
  console.log(result instanceof Promise, await result);
  console.log(await check(Promise.resolve(5), { settled: (value) => value === 5 }));
}
