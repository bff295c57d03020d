import { Counter } from 'k6/metrics';

/** Declares a metric with a name of a million characters. */
export function init() {
  try {
    new Counter('x'.repeat(1_000_000));
  } catch (error) {
    if (__VU > 0) console.log(`${error.message.slice(0, 40)} … ${error.message.slice(-40)}`);
  }
}

export default function () {}
