// What was measured, as people read it.
import { summaryOf } from './summary.js';

const { value, share } = summaryOf();

/** How wide the names with their dots are. */
const WIDTH = 30;

/** The words for the sums of each kind of metric. */
const WORDS = {
  counter: ({ count, contents }) => value(count, contents),
  gauge: ({ value: last, min, max, contents }) =>
    `${value(last, contents)} min=${value(min, contents)} max=${value(max, contents)}`,
  rate: ({ passes, fails }) => `${share(passes / (passes + fails))} ${passes} out of ${passes + fails}`,
  trend: ({ count, sum, min, max, contents }) =>
    `avg=${value(sum / count, contents)} min=${value(min, contents)} max=${value(max, contents)} count=${count}`,
};

const checkLine = ([name, { passes, fails }]) =>
  fails > 0 ? `✗ ${name}: ${fails} of ${passes + fails} failed` : `✓ ${name}`;

/** Checks and metrics, a line each. */
export const reportLines = ({ metrics, checks }) => [
  ...Object.entries(checks).map(checkLine),
  ...Object.entries(metrics).map(([name, sums]) => `${name.padEnd(WIDTH, '.')}: ${WORDS[sums.kind](sums)}`),
];
