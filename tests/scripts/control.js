// Shows what a run that is controlled from outside does, and waits where __ENV.WAIT says.
import { check, group, sleep } from 'k6';
import { Trend } from 'k6/metrics';

export const options = JSON.parse(__ENV.OPTIONS || '{}');

const time = new Trend('think_time', true);

export function setup() {
  console.log('setup');
  if (__ENV.FAIL === 'setup') throw new Error('no room');
  return { room: 'swamp' };
}

export default function (data) {
  console.log(`iteration with ${JSON.stringify(data)}`);
  check(null, { 'is fine': () => true });
  group('chat', () => {
    check(null, { 'is polite': () => false });
    group('room', () => time.add(12));
  });
  if (__ENV.WAIT !== 'iteration') return;
  console.log('waiting');
  sleep(600);
}

export function teardown(data) {
  console.log(`teardown with ${JSON.stringify(data)}`);
}
