// One metric of each kind, a group, checks, and a summary of its own if __ENV.SUMMARY asks for one.
import { check, group } from 'k6';
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';
import ws from 'k6/ws';

const counter = new Counter('my_counter');
const gauge = new Gauge('my_gauge');
const rate = new Rate('my_rate');
const trend = new Trend('my_trend', true);

export const options = {
  scenarios: { chat: { executor: 'per-vu-iterations', iterations: 2 } },
  thresholds: { 'my_trend{kind:slow}': ['max<2000'], my_counter: ['count==4'] },
};

export function setup() {
  return { room: 'swamp' };
}

export default function () {
  counter.add(2);
  gauge.add(__ITER + 1);
  rate.add(__ITER === 0);
  trend.add(1500, { kind: 'slow' });
  trend.add(0.5);
  group('talk', () => {
    check(null, { 'always': true, 'at first': __ITER === 0 });
  });
  ws.connect(`${__ENV.WS}/echo`, (socket) => {
    socket.on('open', () => socket.ping());
    socket.on('pong', () => socket.send('hello'));
    socket.on('message', () => socket.close());
  });
}

const summaries = {
  throws() {
    throw new Error('no summary today');
  },
  nothing() {},
  own: async (data) => ({
    'stdout': 'to standard output\n',
    'stderr': 'to standard error\n',
    'data.json': JSON.stringify(data),
    'bytes': new Uint8Array([0, 119, 119]).subarray(1),
    'missing/folder.txt': 'never',
  }),
};

export function handleSummary(data) {
  return summaries[__ENV.SUMMARY || 'nothing'](data);
}
