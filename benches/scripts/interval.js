// Each user has an interval of 10 ms, and measures how late each tick comes. A tick that is lost is missing in `ticks`.
import { Counter, Trend } from 'k6/metrics';

const late = new Trend('tick_late', true);
const ticks = new Counter('ticks');
const period = 10;
const length = 10_000;

export default function () {
  const began = performance.now();
  const timer = setInterval(() => {
    const elapsed = performance.now() - began;
    late.add(elapsed % period);
    ticks.add(1);
    if (elapsed >= length) clearInterval(timer);
  }, period);
}
