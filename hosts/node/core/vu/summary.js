// `summary`: values as people read them. There is no report of a run here.

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB', 'ZB', 'YB'];

/** What a value may lack to the next step and still count as having reached it: 0.29 · 100 is a little less than 29. */
const SLACK = 1e-9;

const withoutZeros = (text) => {
  if (!text.includes('.')) return text;
  const short = text.replace(/\.?0+$/, '');
  return short === '-0' ? '0' : short;
};

/** Two digits behind the point; what comes after them is cut off. */
const cut = (value) => Math.trunc(value * 100 + SLACK) / 100;

const short = (value) => withoutZeros(cut(value).toFixed(2));

const number = (value) => withoutZeros(value.toFixed(6));

const bytes = (value) => {
  if (value < 10) return `${number(value)} B`;
  const power = Math.min(Math.floor(Math.log10(value) / 3), BYTE_UNITS.length - 1);
  const tenths = Math.floor((value / 1000 ** power) * 10 + 0.5) / 10;
  return `${tenths.toFixed(tenths < 10 ? 1 : 0)} ${BYTE_UNITS[power]}`;
};

const minutes = (seconds) => {
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h === 0 ? `${m}m${s}s` : `${h}h${m}m${s}s`;
};

const time = (millis, unit) => {
  if (unit === 's') return `${(millis / 1000).toFixed(2)}s`;
  if (unit === 'ms') return `${millis.toFixed(2)}ms`;
  if (unit === 'us') return `${(millis * 1000).toFixed(2)}µs`;
  if (millis < 0) return `-${time(-millis)}`;
  if (millis === 0) return '0s';
  if (millis < 0.001) return `${Math.trunc(millis * 1e6 + SLACK)}ns`;
  if (millis < 1) return `${short(millis * 1000)}µs`;
  if (millis < 1000) return `${short(millis)}ms`;
  if (millis < 60_000) return `${short(millis / 1000)}s`;
  return minutes(Math.trunc(millis / 1000));
};

/** The interface. */
export const summaryOf = () => ({
  text: () => undefined,
  value: (value, contents, unit) => {
    if (contents === 'time') return time(value, unit);
    return contents === 'data' ? bytes(value) : number(value);
  },
  share: (share) => `${cut(share * 100).toFixed(2)}%`,
});
