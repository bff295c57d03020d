// One chart: its caption, its legend, and the lines.

import uPlot from 'uplot';
import { clock, show, since, ticks } from './units.js';

/** How high the drawing is, in pixels. */
const HEIGHT = 190;

/** The key by which cursors and zooms of all charts follow each other. */
const SYNC = 'run';

/** How many times fewer points than pixels there have to be for each point to get a dot. */
const SPARSE = 24;

/** Colours and fonts of the style sheet, which knows whether the page is light or dark. */
function theme() {
  const style = getComputedStyle(document.documentElement);
  const get = (name) => style.getPropertyValue(name).trim();
  return {
    line: (index) => get(`--line-${index + 1}`),
    grid: get('--grid'),
    text: get('--quiet'),
    font: `12px ${get('--font')}`,
  };
}

export class Plot {
  /** Draws a chart into a figure at the end of `parent`. */
  constructor(parent, chart, start) {
    this.figure = document.createElement('figure');
    this.figure.id = `chart-${chart.id}`;
    this.figure.className = 'chart';
    const caption = document.createElement('figcaption');
    this.title = document.createElement('h3');
    this.more = document.createElement('span');
    this.more.className = 'note';
    caption.append(this.title, this.more);
    this.legend = document.createElement('div');
    this.canvas = document.createElement('div');
    this.canvas.className = 'plot';
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute('role', 'img');
    this.figure.append(caption, this.legend, this.canvas);
    parent.append(this.figure);
    this.start = start;
    this.zoomed = false;
    this.canvas.addEventListener('keydown', (event) => this.key(event));
    this.resized = new ResizeObserver(() => this.fit());
    this.resized.observe(this.canvas);
    this.update(chart);
  }

  /** Shows other data. Lines that come or go make a new drawing. */
  update(chart, times = []) {
    const names = JSON.stringify(chart.lines.map(({ label }) => label));
    const same = this.uplot && names === this.names;
    Object.assign(this, { chart, names, times });
    this.title.textContent = chart.title;
    this.more.textContent = chart.more ? `and ${chart.more} more, see the tables` : '';
    const labels = chart.lines.map(({ label }) => label).join(', ');
    const label = `${chart.title}: ${labels}. The arrow keys read values, Escape zooms out.`;
    this.canvas.setAttribute('aria-label', label);
    if (same) this.uplot.setData(this.data(), !this.zoomed);
    else this.draw();
  }

  /** Draws anew: with other lines, or other colours. */
  draw() {
    this.uplot?.destroy();
    this.legend.replaceChildren();
    this.zoomed = false;
    this.uplot = new uPlot(this.options(), this.data(), this.canvas);
  }

  remove() {
    this.resized.disconnect();
    this.uplot?.destroy();
    this.figure.remove();
  }

  data() {
    return [this.times, ...this.chart.lines.map(({ values }) => values)];
  }

  fit() {
    const width = this.canvas.clientWidth;
    if (this.uplot && width > 0 && width !== this.uplot.width) {
      this.uplot.setSize({ width, height: HEIGHT });
    }
  }

  options() {
    const look = theme();
    const axis = { stroke: look.text, font: look.font, ticks: { show: false } };
    const grid = { stroke: look.grid, width: 1 };
    const { unit } = this.chart;
    return {
      width: this.canvas.clientWidth || 480,
      height: HEIGHT,
      padding: [8, 30, 0, 0],
      legend: {
        mount: (_, legend) => this.legend.append(legend),
        markers: { width: 0, fill: (_, series) => look.line(series - 1) },
      },
      cursor: {
        sync: { key: SYNC, setSeries: false },
        points: { size: 6 },
        drag: { x: true, y: false },
        y: false,
      },
      scales: { x: { range: (_, from, to) => this.range(from, to) }, y: { range: yRange(unit) } },
      axes: [
        { ...axis, grid: { show: false }, space: 72, size: 32, gap: 10, values: timeTicks },
        { ...axis, grid, space: 34, size: 62, values: (_, splits) => ticks(splits, unit) },
      ],
      series: [
        { label: 'Time', value: (_, time) => this.moment(time) },
        ...this.chart.lines.map(({ label }, index) => ({
          label,
          stroke: look.line(index),
          width: 1.75,
          value: (_, number, __, place) => (place === null ? '' : show(number, unit)),
          points: { size: 5, fill: look.line(index), filter: dots },
        })),
      ],
      hooks: { setScale: [(uplot, scale) => scale === 'x' && this.scaled(uplot)] },
    };
  }

  moment(time) {
    return time === null ? '' : `${clock(time, true)}  ${since(time - this.start)}`;
  }

  /** A time of no length has no axis. */
  range(from, to) {
    if (from === null) return [this.start, this.start + 1];
    return from === to ? [from - 0.5, to + 0.5] : [from, to];
  }

  /** Notes whether a part of the time is shown: new data must not move it then. */
  scaled(uplot) {
    const [times] = uplot.data;
    const { min, max } = uplot.scales.x;
    this.zoomed = times.length > 1 && (min > times[0] || max < times.at(-1));
  }

  /** Shows the whole time. */
  unzoom() {
    this.uplot.setData(this.data(), true);
  }

  key(event) {
    const { uplot } = this;
    const last = this.times.length - 1;
    const now = uplot.cursor.idx ?? -1;
    const places = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: last };
    if (event.key === 'Escape') {
      this.unzoomAll?.();
    } else if (event.key in places) {
      const place = Math.min(last, Math.max(0, places[event.key]));
      const left = uplot.valToPos(this.times[place], 'x');
      uplot.setCursor({ left, top: HEIGHT / 2 }, true, true);
      const values = this.chart.lines.map(
        ({ label, values: line }) => `${label} ${show(line[place], this.chart.unit)}`,
      );
      this.announce?.(`${clock(this.times[place], true)}: ${values.join(', ')}`);
    } else {
      return;
    }
    event.preventDefault();
  }
}

/** Times of day; seconds where they tell ticks apart. */
function timeTicks(_, splits) {
  const exact = splits.length > 1 && splits[1] - splits[0] < 60;
  return splits.map((split) => (split % 1 ? '' : clock(split, exact)));
}

/** From 0 on, so that heights can be compared; shares end at 100 %. */
function yRange(unit) {
  return (_, min, max) => {
    if (max === null) return [0, 1];
    if (unit === 'share') return [min < 0.9 ? 0 : 0.9, 1];
    const [low, high] = uPlot.rangeNum(Math.min(0, min), Math.max(max, 0), 0.1, true);
    return [min < 0 ? low : 0, high || 1];
  };
}

/** The points that get a dot: those without neighbours to draw a line to, and all if there are few. */
function dots(uplot, series, shows) {
  const values = uplot.data[series];
  const sparse = shows && values.length * SPARSE < uplot.width;
  const [first, last] = uplot.series[0].idxs ?? [0, values.length - 1];
  const found = [];
  for (let index = first; index <= last; index++) {
    const alone = values[index - 1] == null && values[index + 1] == null;
    if (values[index] != null && (sparse || alone)) found.push(index);
  }
  return found;
}
