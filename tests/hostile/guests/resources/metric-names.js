import { Counter } from 'k6/metrics';

/** Declares metrics until it is told to stop. */
export function init() {
  try {
    for (let i = 0; ; i++) new Counter(`metric_${i}`);
  } catch (error) {
    if (__VU > 0) console.log(error.message.replace(/metric_\d+/, 'metric_N'));
  }
}

export default function () {}
