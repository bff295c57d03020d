// What hosts have to measure of sockets by the rules of `k6/websockets`. CASE names one of the functions.
import { check } from 'k6';
import execution from 'k6/execution';
import { Counter, Rate, Trend } from 'k6/metrics';
import { WebSocket } from 'k6/websockets';
import { RoundTrips } from 'wasock/round-trips';

const trips = new RoundTrips({ timeout: '5s' });
const counter = new Counter('own_counter');
const rate = new Rate('own_rate');
const trend = new Trend('own_trend', true);

/** Each host tells servers another name of its own, and bytes are counted. */
const params = { headers: { 'User-Agent': 'croc' } };

const to = (path) => new WebSocket(`${__ENV.WSS}${path}`, null, params);

/** Hears of errors, which is all that there is to do about them. */
const heard = (socket) => {
  socket.onerror = () => {};
  return socket;
};

/** The server does what its path says when the first message has come. */
const greet = (path) => {
  const socket = heard(to(path));
  socket.onopen = () => socket.send('a');
};

const cases = {
  echo() {
    const socket = to('/echo');
    let replies = 0;
    socket.onopen = () => {
      for (const text of ['a', 'b', 'c']) socket.send(text);
    };
    socket.onmessage = () => {
      replies += 1;
      if (replies === 3) socket.close();
    };
  },
  peerCloses() {
    to('/push?n=5&size=10');
  },
  pings() {
    const socket = to('/ping?n=3');
    socket.onopen = () => socket.ping();
    socket.onpong = () => socket.close();
  },
  refused() {
    heard(new WebSocket('ws://127.0.0.1:9'));
  },
  refusedByServer() {
    heard(to('/status/503'));
  },
  noUrl() {
    heard(new WebSocket('nonsense'));
  },
  breaks() {
    greet('/drop');
  },
  violates() {
    greet('/garbage');
  },
  givenUp() {
    const socket = heard(to('/echo'));
    socket.close();
  },
  roundTrips() {
    const socket = to('/echo');
    const send = (key, text) => {
      socket.send(text);
      trips.sent(socket, key);
    };
    socket.onopen = () => {
      send('nobody', 'knows this');
      send('a', 'a');
      send('b', 'b');
    };
    socket.onmessage = (event) => {
      trips.received(event, event.data);
      if (event.data === 'b') socket.close();
    };
  },
  own() {
    check(1, { 'is one': (value) => value === 1, 'is two': (value) => value === 2 });
    counter.add(2);
    counter.add(3);
    rate.add(true);
    rate.add(false);
    rate.add(true);
    trend.add(5);
    trend.add(7);
  },
  throws() {
    throw new Error('it went wrong');
  },
  fails() {
    execution.test.fail('it is enough');
  },
  aborts() {
    execution.test.abort('that is all');
  },
};

export default () => cases[__ENV.CASE]();
