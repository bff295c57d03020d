// The module k6/execution.

import exec, { instance, scenario, test, vu } from 'k6/execution';
import { Counter } from 'k6/metrics';

const hits = new Counter('hits');

export const options = {
  scenarios: {
    here: {
      executor: 'per-vu-iterations',
      exec: __ENV.CASE,
      vus: Number(__ENV.VUS ?? 1),
      iterations: Number(__ENV.ITERATIONS ?? 1),
      maxDuration: '15s',
      gracefulStop: '0s',
      tags: { kind: 'tagged' },
      env: { OWN: 'of the scenario' },
    },
  },
  tags: { run: 'tag' },
};

function thrown(action) {
  try {
    return `returned ${action()}`;
  } catch (error) {
    return `${error}`;
  }
}

const outside = [() => scenario.name, () => instance.vusActive, () => vu.idInTest, () => test.options, () => vu.metrics.tags.a].map(thrown);

export function shape() {
  console.log(exec.vu === vu, exec.scenario === scenario, exec.instance === instance, exec.test === test);
  console.log(Object.keys(scenario).join(), Object.keys(instance).join(), Object.keys(vu).join());
}

export function atInit() {
  for (const line of outside) console.log(line);
}

export function information() {
  console.log(scenario.name, scenario.executor, scenario.progress >= 0, Math.abs(scenario.startTime - Date.now()) < 60_000);
  console.log(instance.vusActive, instance.vusInitialized, instance.iterationsCompleted, instance.iterationsInterrupted);
  console.log(instance.currentTestRunDuration >= 0, __ENV.OWN, __VU, __ITER);
}

export function counting() {
  const { idInTest, idInInstance, iterationInScenario, iterationInInstance } = vu;
  console.log([idInTest, idInInstance, __VU, iterationInScenario, iterationInInstance, __ITER].join());
}

export function numbersInTest() {
  hits.add(1, { number: scenario.iterationInTest });
}

export function tags() {
  const { tags: own, metadata } = vu.metrics;
  console.log(JSON.stringify(own), own === vu.tags);
  own.a = 'x';
  own.b = 2;
  own.c = true;
  console.log(own.a, own.b, 'a' in own, Object.keys(own).sort().join());
  hits.add(1);
  delete own.a;
  own.bad = {};
  console.log(`${own.a} ${own.bad}`);
  metadata.trace = '5';
  hits.add(10);
  console.log(metadata.trace, Object.keys(metadata).join());
}

export function chosenOptions() {
  const { here } = test.options.scenarios;
  console.log(here.executor, here.iterations, here.vus, here.exec, test.options.tags.run);
  console.log(Object.isFrozen(test.options));
}

export function aborts() {
  console.log('before');
  test.abort('that is enough');
  console.log('never');
}

export function fails() {
  test.fail('one thing was wrong');
  console.log('goes on');
}

export function teardown() {
  console.log('teardown');
}
