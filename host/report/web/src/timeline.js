// The timeline of a run, put together from patches. docs/report.md describes their shape.

/** What tells a series from all others. */
export function keyOf(metric, tag) {
  return tag ? `${metric} ${tag[0]}=${tag[1]}` : metric;
}

export class Timeline {
  constructor() {
    this.clear();
  }

  clear() {
    this.start = 0;
    this.interval = 1;
    this.elapsed = 0;
    this.count = 0;
    this.leftOut = 0;
    this.ended = false;
    this.series = new Map();
  }

  /** Takes in a patch: the intervals from its first one on. One that begins with 0 has all. */
  apply(patch) {
    if (patch.first === 0) this.series.clear();
    Object.assign(this, {
      start: patch.start,
      interval: patch.interval,
      elapsed: patch.elapsed,
      count: patch.count,
      leftOut: patch.leftOut,
    });
    for (const { metric, type, contains, tag, values } of patch.series) {
      const key = keyOf(metric, tag);
      const series = this.series.get(key) ?? { metric, type, contains, tag, values: {} };
      this.series.set(key, series);
      for (const [name, numbers] of Object.entries(values)) {
        const all = series.values[name] ?? [];
        while (all.length < patch.first) all.push(null);
        all.length = patch.first;
        for (const number of numbers) all.push(number);
        series.values[name] = all;
      }
    }
  }

  /** How many intervals can be drawn. The one that goes on has not all of its values yet. */
  get drawable() {
    const whole = Math.floor(this.elapsed / this.interval);
    const rest = this.elapsed / this.interval - whole;
    // The last one of a run is short. A small part of an interval says little about a rate.
    const last = this.ended && (rest >= 0.5 || whole === 0) ? 1 : 0;
    return Math.min(this.count, whole + last);
  }

  /** The beginnings of the intervals that can be drawn, in seconds since 1970. */
  times() {
    const start = this.start / 1000;
    return Array.from({ length: this.drawable }, (_, index) => start + index * this.interval);
  }

  /** A number per second, for each interval that can be drawn. */
  perSecond(sums) {
    return sums.slice(0, this.drawable).map((sum, index) => {
      const length = Math.min(this.interval, this.elapsed - index * this.interval);
      return sum === null ? null : sum / length;
    });
  }

  /** The share of what passed, for each interval that can be drawn. */
  shares({ passes, total }) {
    const share = (passed, index) => (total[index] ? passed / total[index] : null);
    return passes.slice(0, this.drawable).map(share);
  }

  /** Numbers as they are, for each interval that can be drawn. */
  plain(numbers) {
    return numbers.slice(0, this.drawable);
  }
}
