// What each stage sees, and how often each runs.
import exec from 'k6/execution';

let iterations = 0;
const shared = { list: [] };

export const options = {
  scenarios: {
    first: { executor: 'per-vu-iterations', vus: 2, iterations: 2 },
    second: { executor: 'per-vu-iterations', exec: 'other', startTime: '300ms' },
  },
};

console.log(`top level of user ${__VU}`);

export async function setup() {
  await null;
  return {
    user: __VU,
    when: new Date(0),
    gone: undefined,
    notANumber: NaN,
    list: [1, { two: 'zwei' }],
  };
}

export default async function (data) {
  shared.list.push(__ITER);
  data.list.push('mine');
  await null;
  console.log(
    `user ${__VU} iteration ${__ITER} counts ${iterations++} data ${JSON.stringify(data)} this ${this}`,
  );
}

export function other(data) {
  const { idInTest, iterationInScenario } = exec.vu;
  console.log(
    `other: user ${__VU} ${idInTest} iteration ${__ITER} ${iterationInScenario} list ${data.list.length}`,
  );
}

export function teardown(data) {
  console.log(`teardown of user ${__VU} with ${JSON.stringify(data)}, counted ${iterations}`);
}
