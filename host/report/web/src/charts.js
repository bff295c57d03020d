// Which charts a timeline has.

import { keyOf } from './timeline.js';

/** The percentiles that are drawn of a trend: the name in the data, the label. */
const PERCENTILES = [
  ['p50', 'median'],
  ['p95', 'p95'],
  ['p99', 'p99'],
];

/** As many lines can be told apart by their colours. */
export const MOST_LINES = 8;

/** The charts of the metrics that every test may have, in the order of the page. */
const KNOWN = [
  {
    id: 'load',
    title: 'Virtual users and open sockets',
    lines: [
      ['vus', 'last', 'virtual users'],
      ['open sockets', 'last', 'open sockets'],
    ],
  },
  {
    id: 'sessions',
    title: 'Sessions per second',
    lines: [
      ['ws_sessions', 'sum', 'attempts to connect'],
      ['ws_connect_errors', 'sum', 'failed'],
    ],
  },
  { id: 'connecting', title: 'Connect time', trend: 'ws_connecting' },
  {
    id: 'messages',
    title: 'Messages per second',
    lines: [
      ['ws_msgs_sent', 'sum', 'sent'],
      ['ws_msgs_received', 'sum', 'received'],
    ],
  },
  { id: 'rtt', title: 'Round trip of messages', trend: 'ws_rtt' },
  { id: 'ping', title: 'Round trip of pings', trend: 'ws_ping' },
  {
    id: 'data',
    title: 'Data per second',
    lines: [
      ['data_sent', 'sum', 'sent'],
      ['data_received', 'sum', 'received'],
    ],
  },
  {
    id: 'iterations',
    title: 'Iterations per second',
    lines: [
      ['iterations', 'sum', 'complete'],
      ['dropped_iterations', 'sum', 'dropped'],
    ],
  },
  { id: 'iteration-duration', title: 'Duration of iterations', trend: 'iteration_duration' },
  { id: 'checks', title: 'Checks that passed', parts: 'check', of: 'checks' },
  { id: 'errors', title: 'Errors per second, by code', parts: 'error_code' },
  { id: 'session-duration', title: 'Duration of sessions', trend: 'ws_session_duration' },
];

/** Metrics that have no chart of their own: their lines say nothing that another does not. */
const WITHOUT = new Set(['vus_max']);

const UNITS = { time: 'time', data: 'data', default: 'number' };

/** The charts that have something to show: `{ id, title, unit, lines: [{ label, values }] }`. */
export function chartsOf(timeline) {
  const drawn = new Set(WITHOUT);
  const known = KNOWN.map((chart) => knownChart(timeline, chart, drawn));
  const others = [...timeline.series.values()]
    .filter(({ metric, tag }) => !tag && !drawn.has(metric))
    .sort((a, b) => (a.metric < b.metric ? -1 : 1))
    .map((series) => ownChart(timeline, series));
  return [...known, ...others].filter((chart) => chart.lines.length > 0);
}

function knownChart(timeline, { id, title, lines, trend, parts, of }, drawn) {
  if (parts) {
    if (of) drawn.add(of);
    return partsChart(timeline, { id, title, parts, of });
  }
  if (trend) {
    drawn.add(trend);
    const series = timeline.series.get(trend);
    return series ? { ...trendChart(timeline, series), id, title } : { id, title, lines: [] };
  }
  const found = lines.flatMap(([metric, statistic, label]) => {
    drawn.add(metric);
    const series = timeline.series.get(metric);
    if (!series) return [];
    const values = valuesOf(timeline, series, statistic);
    return values.some(Boolean) ? [{ label, values, contains: series.contains }] : [];
  });
  return { id, title, unit: UNITS[found[0]?.contains] ?? 'number', lines: found };
}

/** The chart of a metric that the script, or another module, brought along. */
function ownChart(timeline, series) {
  const { metric, type, contains } = series;
  const id = `metric-${metric}`;
  if (type === 'trend') return { ...trendChart(timeline, series), id, title: metric };
  const values = valuesOf(timeline, series, type === 'gauge' ? 'last' : 'sum');
  const is = type === 'rate' ? values.some((value) => value !== null) : values.some(Boolean);
  return {
    id,
    title: type === 'counter' ? `${metric} per second` : metric,
    unit: type === 'rate' ? 'share' : UNITS[contains],
    lines: is ? [{ label: metric, values }] : [],
  };
}

function trendChart(timeline, { contains, values }) {
  const lines = PERCENTILES.map(([name, label]) => ({
    label,
    values: timeline.plain(values[name]),
  }));
  const has = lines[0].values.some((value) => value !== null);
  return { unit: UNITS[contains], lines: has ? lines : [] };
}

/** A line for each part of a metric, those first that a reader looks for: the ones that fail most. */
function partsChart(timeline, { id, title, parts, of }) {
  const all = [...timeline.series.values()].filter(({ tag, metric }) => {
    return tag?.[0] === parts && (of ? metric === of : metric !== 'ws_sessions');
  });
  const ranked = all.map((series) => ({ series, rank: rankOf(series) }));
  ranked.sort((a, b) => b.rank - a.rank);
  const whole = of && timeline.series.get(keyOf(of));
  const lines = ranked.map(({ series }) => ({
    label: series.tag[1],
    values: valuesOf(timeline, series, 'sum'),
  }));
  if (whole && all.length > 1) {
    lines.unshift({ label: 'all', values: valuesOf(timeline, whole, 'sum') });
  }
  const has = lines.filter(({ values }) => values.some((value) => (of ? value !== null : value)));
  return {
    id,
    title,
    unit: of ? 'share' : 'number',
    lines: has.slice(0, MOST_LINES),
    more: Math.max(0, has.length - MOST_LINES),
  };
}

function rankOf({ type, values }) {
  const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
  return type === 'rate' ? sum(values.total) - sum(values.passes) : sum(values.sum);
}

function valuesOf(timeline, { type, values }, statistic) {
  if (type === 'rate') return timeline.shares(values);
  if (type === 'counter') return timeline.perSecond(values.sum);
  return timeline.plain(values[statistic]);
}
