// Scenarios from __ENV.OPTIONS, whose iterations say what they know, and last __ENV.PAUSE seconds.
import exec from 'k6/execution';
import { sleep } from 'k6';

export const options = JSON.parse(__ENV.OPTIONS || '{}');

/** Says which user runs which iteration. */
export default function () {
  const { scenario, vu } = exec;
  console.log(`user ${vu.idInTest}`);
  console.log(`iteration ${scenario.iterationInTest}`);
  console.log(`own ${scenario.iterationInInstance}`);
  sleep(Number(__ENV.PAUSE || 0));
}

/** Says how far its scenario is at its beginning and at its end. */
export function progress() {
  const before = exec.scenario.progress;
  sleep(0.1);
  const after = exec.scenario.progress;
  console.log(`${exec.scenario.name} ${before} ${after}`);
}

/** Says who it is, and how often it has been here. */
export function visits() {
  const { idInInstance, idInTest, iterationInInstance, iterationInScenario } = exec.vu;
  console.log(`${exec.scenario.name} ${idInInstance} ${idInTest} ${iterationInInstance} ${iterationInScenario}`);
  sleep(Number(__ENV.PAUSE || 0));
}
