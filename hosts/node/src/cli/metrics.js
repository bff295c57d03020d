// What was measured, as people read it.
import { summaryOf } from '../../core/vu/summary.js';

const { value, share } = summaryOf();

/** How wide the names with their dots are. */
const WIDTH = 30;

const row = (name, text) => `  ${`${name}`.padEnd(WIDTH, '.')}: ${text}`;

/** The words for the sums of each kind of metric. */
const WORDS = {
  counter: ({ count, contents }) => value(count, contents),
  gauge: ({ value: last, min, max, contents }) =>
    `${value(last, contents)} min=${value(min, contents)} max=${value(max, contents)}`,
  rate: ({ passes, fails }) => `${share(passes / (passes + fails))} ${passes} out of ${passes + fails}`,
  trend: ({ count, sum, min, max, contents }) =>
    `avg=${value(sum / count, contents)} min=${value(min, contents)} max=${value(max, contents)} count=${count}`,
};

/** Checks and metrics, a line each. */
export const metricsText = ({ metrics, checks }) => {
  const failed = ({ passes, fails }) => (fails > 0 ? `: ${fails} of ${passes + fails} failed` : '');
  const ofChecks = Object.entries(checks).map(
    ([name, counts]) => `  ${counts.fails > 0 ? '✗' : '✓'} ${name}${failed(counts)}`,
  );
  const ofMetrics = Object.entries(metrics).map(([name, sums]) => row(name, WORDS[sums.kind](sums)));
  return [...ofChecks, ...ofMetrics].map((line) => `${line}\n`).join('');
};
