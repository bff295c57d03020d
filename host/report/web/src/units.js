// Numbers with their units.

const SCALES = {
  // From milliseconds.
  time: [
    [0.001, 'µs'],
    [1, 'ms'],
    [1000, 's'],
    [60_000, 'min'],
  ],
  // Decimal, as network speeds are.
  data: [
    [1, 'B'],
    [1e3, 'kB'],
    [1e6, 'MB'],
    [1e9, 'GB'],
    [1e12, 'TB'],
  ],
  number: [
    [1, ''],
    [1e3, 'k'],
    [1e6, 'M'],
    [1e9, 'G'],
  ],
  share: [[0.01, '%']],
};

/** From how many of a unit on it is used: 90 s stay seconds, 0.5 ms are 500 µs. */
const FROM = { min: 3, k: 10 };

/** The factor and the name of the unit that suits a number. */
function scaleOf(number, unit) {
  const scales = SCALES[unit];
  const size = Math.abs(number);
  const fits = scales.filter(([factor, name]) => size >= factor * (FROM[name] ?? 1));
  return fits.at(-1) ?? scales[0];
}

function text(number, digits, name) {
  const short = number.toLocaleString('en', { maximumFractionDigits: digits, useGrouping: false });
  const gap = name && name !== 'k' && name !== 'M' && name !== 'G' ? '\u00a0' : '';
  return `${short}${gap}${name}`;
}

/** A number as it is read: three significant digits and the unit. */
export function show(number, unit) {
  if (number === null || number === undefined) return '–';
  if (number === 0) return text(0, 0, unit === 'share' ? '%' : '');
  const [factor, name] = scaleOf(number, unit);
  const scaled = number / factor;
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(scaled))));
  return text(scaled, Math.min(digits, 4), name);
}

/** The ticks of an axis, all in one unit. */
export function ticks(splits, unit) {
  const largest = Math.max(...splits.map(Math.abs));
  const [factor, name] = scaleOf(largest, unit);
  const step = Math.abs((splits[1] ?? splits[0]) - splits[0]) / factor || 1;
  const digits = digitsOf(step);
  return splits.map((split) => text(split / factor, digits, split === 0 ? '' : name));
}

/** How many digits behind the point a step has: 1 for 2.5. */
function digitsOf(step) {
  let digits = 0;
  while (digits < 6 && Math.abs(step * 10 ** digits - Math.round(step * 10 ** digits)) > 1e-6) {
    digits += 1;
  }
  return digits;
}

const CLOCK = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };

/** The time of day, with seconds if asked for. */
export function clock(seconds, exact) {
  const options = exact ? { ...CLOCK, second: '2-digit' } : CLOCK;
  return new Date(seconds * 1000).toLocaleTimeString('en-GB', options);
}

/** Date and time of day. */
export function dateTime(date) {
  const day = date.toLocaleDateString('sv');
  return `${day} ${date.toLocaleTimeString('en-GB')}`;
}

/** A time since the beginning of the run: +0:07, +1:02:03. */
export function since(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const two = (number) => String(number).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const rest = two(whole % 60);
  return hours ? `+${hours}:${two(minutes)}:${rest}` : `+${minutes}:${rest}`;
}

/** The time zone of this browser. */
export function zone() {
  const format = new Intl.DateTimeFormat('en', { timeZoneName: 'longOffset' });
  const offset = format.formatToParts().find(({ type }) => type === 'timeZoneName')?.value;
  const name = format.resolvedOptions().timeZone;
  const utc = offset?.replace('GMT', 'UTC') ?? '';
  return name === utc ? name : `${name} (${utc})`;
}
