// Each user has an interval of 10 ms, and measures how late each tick comes.
import { Counter, Trend } from 'k6/metrics';

const late = new Trend('tick_late', true);
const ticks = new Counter('ticks');
const period = 10;
const length = 10_000;

export default function () {
  const began = performance.now();
  let count = 0;
  const timer = setInterval(() => {
    count += 1;
    const now = performance.now();
    late.add(now - (began + count * period));
    ticks.add(1);
    if (now - began >= length) clearInterval(timer);
  }, period);
}
