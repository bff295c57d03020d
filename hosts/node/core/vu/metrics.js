// `metrics` and `round-trips`: what a guest measures, and what is measured of its sockets.
import { dispose } from '../client.js';
import { trap } from '../refusal.js';
import { Registry } from './registry.js';

/** The most kinds of round trips, and the longest key, in bytes. */
const KINDS = 64;
const LONGEST_KEY = 1024;

/** Messages and pings of one socket that wait for an answer: a peer that never answers must not fill the memory. */
const WAITING = 65_536;

/** Nanoseconds as milliseconds. */
const millis = (nanos) => Number(nanos) / 1e6;

/** The measurements of one guest. */
export class Measurements {
  #warn;
  /** Checks by name. */
  #checks = new Map();
  #kinds = [];
  registry = new Registry();

  /** @param {(text: string) => void} warn hears of values that are left out */
  constructor(warn) {
    this.#warn = warn;
  }

  /** What was measured: sums by metric, and passes and fails by check. */
  report() {
    return { metrics: this.registry.sums(), checks: Object.fromEntries(this.#checks) };
  }

  /** An iteration ran to its end, in so many milliseconds. */
  iterated(took) {
    this.registry.add('iterations', 1);
    this.registry.add('iteration_duration', took);
  }

  #check(name, passed) {
    this.registry.add('checks', passed ? 1 : 0);
    const counts = this.#checks.get(name) ?? { passes: 0, fails: 0 };
    counts[passed ? 'passes' : 'fails'] += 1;
    this.#checks.set(name, counts);
  }

  #add(metric, value) {
    const name = this.registry.nameOf(metric);
    if (name === undefined) throw trap(`the guest adds to metric ${metric}, which was never declared`);
    if (Number.isFinite(value)) this.registry.add(metric, value);
    else this.#warn(`${value} is an invalid value for metric '${name}' and is left out`);
  }

  /** The interfaces for the guest whose client this is. */
  imports(client) {
    const { registry } = this;
    return {
      'wasock:websocket/metrics': {
        declare: (name, kind, contents) => registry.declare(name, kind, contents),
        add: (metric, value) => this.#add(metric, value),
        check: (name, passed) => this.#check(name, passed),
        measureRequest: () => {},
        Meter: class {
          trips = new Trips(registry);
          constructor(socket) {
            socket.observe(new Observer(client, registry, this.trips));
          }
          refused() {
            registry.add('ws_sessions', 1);
          }
          sentLate() {
            registry.add('ws_msgs_sent', 1);
          }
          [dispose]() {
            this.trips.end();
          }
        },
      },
      'wasock:websocket/round-trips': {
        declare: (metric, _tags, timeout) => this.#declareKind(metric ?? 'ws_rtt', timeout),
        sent: (meter, kind, key) => meter.trips.sent(this.#kind(kind), checkedKey(key ?? '')),
        received: (meter, kind, key, at) => meter.trips.received(this.#kind(kind), key ?? '', at),
      },
    };
  }

  #declareKind(metric, timeout) {
    if (this.#kinds.length >= KINDS) throw `a test may have ${KINDS} kinds of round trips`;
    const times = this.registry.declare(metric, 'trend', 'time');
    const lost = this.registry.declare(`${metric}_lost`, 'counter', 'default');
    this.#kinds.push({ times, lost, timeout });
    return this.#kinds.length - 1;
  }

  #kind(number) {
    const kind = this.#kinds[number];
    if (!kind) throw trap(`the guest measures round trips of kind ${number}, which was never declared`);
    return kind;
  }
}

const checkedKey = (key) => {
  const { length } = new TextEncoder().encode(key);
  if (length > LONGEST_KEY) throw `a key may have ${LONGEST_KEY} bytes, this one has ${length}`;
  return key;
};

/** Measures one socket. */
class Observer {
  #client;
  #registry;
  #trips;
  #opened;
  #pings = [];

  constructor(client, registry, trips) {
    this.#client = client;
    this.#registry = registry;
    this.#trips = trips;
  }

  begun() {
    this.#registry.add('ws_sessions', 1);
  }

  opened(timings) {
    this.#opened = timings.started + timings.finished;
    this.#registry.add('ws_connecting', millis(timings.finished));
  }

  failed(timings) {
    this.#registry.add('ws_connecting', millis(timings.finished));
  }

  sent(kind, _bytes, accepted, data) {
    if (kind === 'ping') {
      if (accepted && this.#pings.length < WAITING) this.#pings.push({ key: String(data), at: this.#client.now() });
      return;
    }
    this.#registry.add('ws_msgs_sent', 1);
    this.#trips.last = accepted ? this.#client.now() : undefined;
  }

  received() {
    this.#registry.add('ws_msgs_received', 1);
  }

  pong(data, at) {
    const key = String(data);
    const place = this.#pings.findIndex((ping) => ping.key === key);
    if (place < 0) return;
    const [ping] = this.#pings.splice(place, 1);
    this.#registry.add('ws_ping', millis(at - ping.at));
  }

  ended(at) {
    if (this.#opened !== undefined) this.#registry.add('ws_session_duration', millis(at - this.#opened));
    this.#opened = undefined;
  }
}

/** Which messages of one socket wait for a reply. */
class Trips {
  #registry;
  #waiting = [];
  /** When the last message was accepted. */
  last;

  constructor(registry) {
    this.#registry = registry;
  }

  sent(kind, key) {
    if (this.last === undefined || this.#waiting.length >= WAITING) return false;
    this.#waiting.push({ kind, key, at: this.last });
    return true;
  }

  received(kind, key, at) {
    for (;;) {
      const place = this.#waiting.findIndex((trip) => trip.kind === kind && trip.key === key);
      if (place < 0) return undefined;
      const [trip] = this.#waiting.splice(place, 1);
      const took = at > trip.at ? at - trip.at : 0n;
      if (kind.timeout === undefined || took <= kind.timeout) {
        this.#registry.add(kind.times, millis(took));
        return took;
      }
      this.#registry.add(kind.lost, 1);
    }
  }

  /** What waits is lost. */
  end() {
    for (const { kind } of this.#waiting.splice(0)) this.#registry.add(kind.lost, 1);
  }
}
