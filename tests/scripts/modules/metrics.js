// The module k6/metrics.

import metrics, { Counter, Gauge, Rate, Trend } from 'k6/metrics';
import exec from 'k6/execution';

function thrown(action) {
  try {
    return `returned ${action()}`;
  } catch (error) {
    return `${error}`;
  }
}

const counter = new Counter('my_counter');
const gauge = new Gauge('my_gauge');
const rate = new Rate('my_rate');
const trend = new Trend('my_trend');
const time = new Trend('my_time', true);

const atInit = [
  () => new Counter('a'),
  () => new Counter('1st'),
  () => new Counter('with space'),
  () => new Counter('x'.repeat(130)),
  () => new Gauge('my_counter'),
  () => new Trend('my_trend', true),
  () => new Counter('my_counter').name,
  () => new Counter(),
  () => counter.add(1),
].map(thrown);

export function shape() {
  console.log(Object.keys(metrics).sort().join(), counter.name, counter instanceof Counter);
}

export function atInitOnly() {
  for (const line of atInit) console.log(line);
  console.log(thrown(() => new Counter('too_late')));
}

export function values() {
  console.log(counter.add(2), counter.add(3), gauge.add(7.5), gauge.add(-1));
  rate.add(true);
  rate.add(false);
  rate.add(5);
  trend.add(1.25);
  time.add('12.5');
}

export function tags() {
  counter.add(1, { mine: 'x', number: 2, truth: false });
  exec.vu.metrics.tags.vuTag = 'y';
  counter.add(10, { mine: 'z' });
  console.log(thrown(() => counter.add(1, { bad: {} })));
}

export function refusedValues() {
  for (const value of [NaN, null, undefined, 'text', {}, Symbol('s')]) console.log(thrown(() => trend.add(value)));
}
