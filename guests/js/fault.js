// Goes wrong in the way that the variable FAULT names.
import { alarm, background, connect, env, sleep } from './wasock.js';

const wrong = () => {
  throw new RangeError('it went wrong');
};

const faults = {
  alarm: () => alarm(wrong, 1),
  'async alarm': () => alarm(async () => wrong(), 1),
  timeout: () => setTimeout(wrong, 1),
  interval: () => new Promise((resolve) => setInterval(resolve, 1)).then(wrong),
  background: () => background(Promise.reject(new RangeError('it went wrong'))),
  option: () => connect('ws://a.test/', { protocol: 'chat.v1' }),
  duration: () => connect('ws://a.test/', { timeout: '5s' }),
};

export const fault = async () => {
  await faults[env('FAULT')]();
  await sleep(60_000);
};
