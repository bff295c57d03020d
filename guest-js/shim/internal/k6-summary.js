// The functions of jslib's k6-summary.

import { GoError } from 'wasock:errors';
import { native } from 'wasock:native';

/** The indentation that the text has by itself. */
const OWN_INDENT = ' ';

/**
 * The text at the end of a run, as it is printed where there is no `handleSummary`. Metrics that were
 * deleted from `data.metrics` are left out. `indent` stands before each line.
 */
export function textSummary(data, { indent = OWN_INDENT, enableColors = false } = {}) {
  const text = native.summaryText(Boolean(enableColors), Object.keys(data.metrics));
  if (text === undefined || text === null) {
    throw new GoError('textSummary() is for handleSummary(): it shows the results of the run');
  }
  if (indent === OWN_INDENT) return text;
  return text.replace(/^(?=.)/gm, () => String(indent));
}

const ESCAPES = {
  __proto__: null,
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** A text as the value of an XML attribute. */
const attribute = (text) =>
  `"${String(text).replace(/[&<>"']/g, (character) => ESCAPES[character])}"`;

/** The thresholds as JUnit's XML, a test case each. */
export function jUnit(data, { name = 'k6 thresholds', classname = undefined } = {}) {
  const place = classname === undefined ? '' : ` classname=${attribute(classname)}`;
  const cases = [];
  let failures = 0;
  for (const [metric, { thresholds = {} }] of Object.entries(data.metrics)) {
    for (const [threshold, { ok }] of Object.entries(thresholds)) {
      const head = `<testcase name=${attribute(`${metric} - ${threshold}`)}${place}`;
      if (!ok) failures += 1;
      cases.push(ok ? `${head} />` : `${head}><failure message="failed" /></testcase>`);
    }
  }
  const counts = `tests="${cases.length}" failures="${failures}"`;
  const suite = `<testsuite name=${attribute(name)} ${counts}>\n${cases.join('\n')}\n</testsuite>`;
  return `<?xml version="1.0"?>\n<testsuites ${counts}>\n${suite}\n</testsuites>`;
}

/** A value of a metric of `handleSummary`'s data for people. `timeUnit`: s, ms or us. */
export function humanizeValue(value, metric, timeUnit = undefined) {
  if (metric.type === 'rate') return native.summaryShare(value);
  return native.summaryValue(value, metric.contains, timeUnit ?? undefined);
}
