// The page: runs the guest beside it, and shows its console.

import { reportLines } from 'wasock-host/core/vu/report.js';
import { instantiate } from '../src/index.js';

const element = (id) => document.getElementById(id);
const given = new URLSearchParams(location.search);

/** Lines that are shown: older ones go, so that a guest that writes without end does not fill the page. */
const MOST_LINES = 2000;

const write = ({ level, line, error }) => {
  const item = document.createElement('li');
  item.className = level;
  item.textContent = error === undefined ? line : `${line}: ${error}`;
  const list = element('console');
  list.append(item);
  if (list.childElementCount > MOST_LINES) list.firstElementChild.remove();
  item.scrollIntoView({ block: 'nearest' });
};

const show = (state, text) => {
  element('state').dataset.state = state;
  element('state').textContent = text;
  element('run').disabled = state === 'running';
  element('stop').disabled = state !== 'running';
};

const variables = () => {
  const lines = element('env')
    .value.split('\n')
    .filter((line) => line.includes('='));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
};

const wordsOf = (failure) => {
  if (failure?.tag === 'interrupted') return 'interrupted';
  if (failure?.tag === 'exception') return failure.val.stack || failure.val.message;
  return `the guest was stopped: ${failure?.message ?? failure}`;
};

const stages = async (guest, exec) => {
  const { lifecycle } = guest.exports;
  const { functions } = await lifecycle.init();
  element('functions').replaceChildren(...functions.map((name) => new Option(name)));
  const data = functions.includes('setup') ? await lifecycle.setup() : undefined;
  try {
    await lifecycle.iterate(exec, data);
  } finally {
    // What was interrupted is over; the end is a call of its own.
    guest.resume();
    if (functions.includes('teardown')) await lifecycle.teardown(data);
  }
};

const run = async () => {
  element('console').replaceChildren();
  element('measured').textContent = '';
  show('running', 'Running');
  let guest;
  try {
    guest = await instantiate('guest/guest.mjs', { network: 'all', env: variables(), log: write });
    element('stop').onclick = guest.interrupt;
    await stages(guest, element('exec').value);
    show('ended', 'Ended');
  } catch (failure) {
    if (failure?.tag !== 'interrupted') write({ level: 'error', line: wordsOf(failure) });
    show('failed', failure?.tag === 'interrupted' ? 'Interrupted' : 'Failed');
  }
  guest?.close();
  if (guest) element('measured').textContent = reportLines(await guest.report()).join('\n');
};

element('form').onsubmit = (event) => {
  event.preventDefault();
  run();
};

if (given.has('exec')) element('exec').value = given.get('exec');
element('env').value = given.getAll('e').join('\n');
if (given.has('run')) run();
