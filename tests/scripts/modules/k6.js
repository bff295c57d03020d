// The module k6.

import k6, { check, fail, group, randomSeed, sleep } from 'k6';

function thrown(action) {
  try {
    return `returned ${action()}`;
  } catch (error) {
    return `${error}`;
  }
}

let atInit = '';
for (const action of [() => check(1, {}), () => group('a', () => {})]) atInit += `${thrown(action)}\n`;

export function shape() {
  console.log(Object.keys(k6).sort().join(), k6.check === check);
}

export function refusedAtInit() {
  console.log(atInit);
}

export function checks() {
  const passed = check('value', {
    'is the value': (value) => value === 'value',
    'is short': (value) => value.length < 3,
    'a constant': true,
    'nothing': 0,
  });
  console.log(passed, check(1, { one: (value) => value === 1 }, { mine: 'x' }));
}

export function checkThatThrows() {
  console.log(
    thrown(() =>
      check(1, {
        good: true,
        bad() {
          throw new Error('inside');
        },
        late: true,
      }),
    ),
  );
}

export function refusedChecks() {
  console.log(thrown(() => check(1)));
  console.log(thrown(() => check(1, null)));
  console.log(thrown(() => check(1, { 'a::b': true })));
  console.log(thrown(() => check(1, { later: async () => true })));
  console.log(thrown(() => check(1, { later: () => Promise.resolve(true) })));
}

export function groups() {
  console.log(
    group('outer', () => {
      check(1, { 'in the outer one': true });
      return group('inner', () => {
        check(1, { 'in the inner one': true });
        return 'the value';
      });
    }),
  );
  check(1, { 'outside': true });
}

export function groupThatThrows() {
  console.log(
    thrown(() =>
      group('outer', () => {
        throw new Error('inside');
      }),
    ),
  );
  check(1, { after: true });
}

export function refusedGroups() {
  console.log(thrown(() => group('a::b', () => {})));
  console.log(thrown(() => group('a', async () => {})));
  console.log(thrown(() => group('a')));
}

export function sleeping() {
  const start = Date.now();
  sleep(0.05);
  const elapsed = Date.now() - start;
  console.log(elapsed >= 49 && elapsed < 1000);
  for (const seconds of [0, -1, NaN, undefined, 'x']) sleep(seconds);
}

export function failing() {
  console.log(thrown(() => fail('the reason')));
  fail();
}

export function seeds() {
  const draw = () => [Math.random(), Math.random()].join();
  randomSeed(5);
  const first = draw();
  randomSeed(5);
  const second = draw();
  randomSeed(6);
  console.log(first === second, first === draw());
}

export function randomness() {
  const values = Array.from({ length: 1000 }, () => Math.random());
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  console.log(values.every((value) => value >= 0 && value < 1), mean > 0.4 && mean < 0.6);
}
