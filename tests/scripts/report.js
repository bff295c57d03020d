// All that a report can show, with names that would be markup if they were not escaped. How long it lasts is in
// __ENV.DURATION.
import { check, group, sleep } from 'k6';
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';
import { WebSocket } from 'k6/websockets';
import { RoundTrips } from 'wasock/round-trips';

const trips = new RoundTrips();
const orders = new Counter('orders');
const level = new Gauge('level');
const accepted = new Rate('accepted');
const pause = new Trend('pause', true);

const duration = __ENV.DURATION || '2s';

export const options = {
  scenarios: {
    talk: { executor: 'constant-vus', vus: 2, duration, exec: 'talk', gracefulStop: '5s' },
    refused: { executor: 'per-vu-iterations', vus: 1, iterations: 3, exec: 'refused' },
  },
  thresholds: {
    'ws_rtt': ['p(95)<10000'],
    'orders{kind:<i>&"}': ['count>=0'],
    'accepted': [__ENV.STRICT ? 'rate>0.9' : 'rate>=0'],
  },
};

export function talk() {
  const socket = new WebSocket(`${__ENV.WS}/echo`, null, { tags: { name: '<u>echo</u>' } });
  let left = 20;
  const say = () => {
    socket.send('hello');
    trips.sent(socket);
  };
  socket.onopen = say;
  socket.onmessage = (event) => {
    trips.received(event);
    orders.add(1, { kind: '<i>&"' });
    level.add(left);
    accepted.add(left % 2);
    pause.add(left / 2);
    group('<b>group</b> "&\'', () => {
      check(event.data, {
        '</script><script>window.stolen = 1</script>': (text) => text === 'hello',
        '"><img src=x onerror="window.stolen = 2">': () => left !== 7,
      });
    });
    left -= 1;
    if (left > 0) setTimeout(say, 20);
    else socket.close(1000);
  };
  check(left, { 'is asked outside of groups': (number) => number === 20 });
}

export function refused() {
  new WebSocket('ws://127.0.0.1:1/');
  sleep(0.1);
}
