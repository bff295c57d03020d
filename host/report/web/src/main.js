// The page of the report and of the dashboard: both are this.

import 'uplot/dist/uPlot.min.css';
import './page.css';
import { chartsOf } from './charts.js';
import { watch } from './live.js';
import { Plot } from './plot.js';
import { search } from './search.js';
import { Timeline } from './timeline.js';
import { dateTime, zone } from './units.js';

const element = (id) => document.getElementById(id);
const timeline = new Timeline();
const plots = new Map();

/** Reads values out to those who do not see the charts. */
const readout = document.createElement('p');
readout.className = 'unseen';
readout.setAttribute('role', 'status');

function draw() {
  const times = timeline.times();
  const charts = times.length ? chartsOf(timeline) : [];
  const wanted = new Set(charts.map(({ id }) => id));
  for (const [id, plot] of plots) {
    if (wanted.has(id)) continue;
    plot.remove();
    plots.delete(id);
  }
  charts.forEach((chart, index) => {
    let plot = plots.get(chart.id);
    if (!plot) {
      plot = new Plot(element('plots'), chart, timeline.start / 1000);
      plot.announce = (text) => {
        readout.textContent = text;
      };
      plot.unzoomAll = () => {
        for (const one of plots.values()) one.unzoom();
      };
      plots.set(chart.id, plot);
    }
    plot.start = timeline.start / 1000;
    plot.update(chart, times);
    const place = element('plots').children[index];
    if (place !== plot.figure) place.before(plot.figure);
  });
  element('charts-note').textContent = note(charts);
}

function note(charts) {
  if (!charts.length) return 'Nothing has been measured yet.';
  const interval = timeline.interval === 1 ? 'second' : `${timeline.interval} seconds`;
  const left = timeline.leftOut ? ` ${timeline.leftOut} further series are not drawn.` : '';
  return `Each point is one ${interval}. Drag to zoom, double-click to zoom out.${left}`;
}

/** Times in the zone of whoever reads them. */
function localTimes() {
  for (const time of document.querySelectorAll('time')) {
    const date = new Date(time.dateTime);
    if (!Number.isNaN(date.getTime())) time.textContent = dateTime(date);
  }
}

function redraw() {
  for (const plot of plots.values()) plot.draw();
}

/** Takes in one event of the dashboard. */
function update({ phase, ended, timeline: patch, parts }) {
  timeline.ended = ended;
  for (const [id, html] of Object.entries(parts)) {
    // The server has escaped all that comes from a script, and the page's policy forbids other scripts.
    element(id === 'metrics' ? 'rows' : id).innerHTML = html;
  }
  if (parts.metrics !== undefined) filter();
  localTimes();
  if (patch) timeline.apply(patch);
  draw();
  const word = ended ? document.querySelector('.verdict')?.textContent.trim() : phase;
  document.title = `${word} · ${element('script').textContent}`;
}

const filter = search(element('search'), element('rows'), element('found'));
document.body.append(readout);
element('zone').textContent = `Times are in ${zone()}.`;
localTimes();
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
addEventListener('beforeprint', () => {
  document.documentElement.dataset.print = '';
  redraw();
});
addEventListener('afterprint', () => {
  delete document.documentElement.dataset.print;
  redraw();
});

const data = element('data');
if (data) {
  timeline.ended = true;
  const { timeline: all } = JSON.parse(data.textContent);
  if (all) timeline.apply(all);
  draw();
} else {
  watch(update, element('connection'));
}
