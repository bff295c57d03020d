// `metrics` and `round-trips`: what a guest measures, and what is measured of its sockets.
import { dispose } from '../client.js';
import { trap } from '../refusal.js';
import { Registry } from './registry.js';
import { RequestMeter } from './request-meter.js';

/** The most kinds of round trips, and the longest key, in bytes. */
const KINDS = 64;
const LONGEST_KEY = 1024;

/** Messages of one kind on one socket that wait for a reply: where there would be more, the oldest is lost. */
const WAITING = 16_384;

/** Pings of one socket that wait for their pongs: a peer that never answers must not fill the memory. */
const PINGS = 4096;

/** Nanoseconds as milliseconds. */
const millis = (nanos) => Number(nanos) / 1e6;

/** The measurements of one guest. */
export class Measurements {
  #warn;
  /** Checks by name. */
  #checks = new Map();
  #kinds = [];
  /** Of meters that the guest has not dropped. */
  #trips = new Set();
  /** The bytes that are counted already. */
  #carried = { sent: 0, received: 0 };
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

  /** Its connections have carried so many bytes so far; none is an amount too. */
  carried({ sent, received }) {
    this.registry.add('data_sent', sent - this.#carried.sent);
    this.registry.add('data_received', received - this.#carried.received);
    this.#carried = { sent, received };
  }

  /** The guest is over: replies cannot come any more. */
  leave() {
    for (const trips of this.#trips) trips.end();
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
    const alive = this.#trips;
    return {
      'wasock:websocket/metrics': {
        declare: (name, kind, contents) => registry.declare(name, kind, contents),
        add: (metric, value) => this.#add(metric, value),
        check: (name, passed) => this.#check(name, passed),
        measureRequest: (request, _tags, expected) => request.observe?.(new RequestMeter(registry, expected)),
        Meter: class {
          trips = new Trips(registry);
          #observer;
          constructor(socket, api) {
            alive.add(this.trips);
            this.#observer = new Observer(client, registry, this.trips, api);
            socket.observe(this.#observer);
          }
          refused() {
            this.#observer.refused();
          }
          sentLate() {
            this.#observer.sent('text', 0, false);
          }
          [dispose]() {
            alive.delete(this.trips);
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

/** Measures one socket by the rules of the API that made it, as the runner of wasock does. */
class Observer {
  #client;
  #registry;
  #trips;
  #countsWritten;
  #began;
  /** The attempt has ended; before that nothing is measured. */
  #hasDialed = false;
  /** In the order in which they were sent: a guest that holds its thread up sends several of the same payload. */
  #pings = [];

  /** @param {'ws' | 'websockets'} api by the second a frame counts as sent when it was written */
  constructor(client, registry, trips, api) {
    this.#client = client;
    this.#registry = registry;
    this.#trips = trips;
    this.#countsWritten = api === 'websockets';
  }

  /** The attempt was refused before it began. */
  refused() {
    if (this.#hasDialed) return;
    const now = this.#client.now();
    this.begun(now);
    this.failed({ finished: 0n }, false);
    this.ended('unopened', now);
  }

  /** The attempt begins. */
  begun(at) {
    this.#began = at;
  }

  /** The attempt has succeeded. */
  opened(timings) {
    this.#began = timings.started;
    this.#attempted(timings.finished);
  }

  /** The attempt has failed; what the guest has given up is no error. */
  failed(timings, isGivenUp) {
    this.#began = timings.started ?? this.#began;
    this.#attempted(timings.finished);
    if (!isGivenUp) this.#registry.add('ws_connect_errors', 1);
  }

  #attempted(took) {
    this.#hasDialed = true;
    this.#registry.add('ws_sessions', 1);
    this.#registry.add('ws_connecting', millis(took));
  }

  /** The guest sends a message or a ping. */
  sent(kind, _bytes, accepted, data) {
    if (kind === 'ping') {
      if (accepted && this.#pings.length < PINGS) this.#pings.push({ key: String(data), at: this.#client.now() });
      return;
    }
    if (this.#hasDialed && !this.#countsWritten) this.#registry.add('ws_msgs_sent', 1);
    this.#trips.last = accepted ? this.#client.now() : undefined;
  }

  /** So many frames of the guest's are with the operating system. */
  written(frames) {
    if (this.#countsWritten && frames > 0) this.#registry.add('ws_msgs_sent', frames);
  }

  /** The guest has handled a message. */
  received() {
    this.#registry.add('ws_msgs_received', 1);
  }

  /** A pong has come, perhaps for a ping of the guest's. */
  pong(data, at) {
    const key = String(data);
    const place = this.#pings.findIndex((ping) => ping.key === key);
    if (place < 0) return;
    const [ping] = this.#pings.splice(place, 1);
    this.#registry.add('ws_ping', millis(at > ping.at ? at - ping.at : 0n));
  }

  /** The session has ended: `unopened`, `closed`, `broken` or `given up`. */
  ended(how, at) {
    // The attempt is given up with the socket.
    if (!this.#hasDialed) this.#attempted(at - this.#began);
    this.#registry.add('ws_session_duration', millis(at > this.#began ? at - this.#began : 0n));
    if (how === 'broken') this.#registry.add('ws_session_errors', 1);
  }
}

/** Which messages of one socket wait for a reply. */
class Trips {
  #registry;
  /** By kind, in the order in which they were sent. */
  #waiting = new Map();
  /** When the last message was accepted. */
  last;

  constructor(registry) {
    this.#registry = registry;
  }

  sent(kind, key) {
    if (this.last === undefined) return false;
    const waiting = this.#of(kind);
    if (waiting.length >= WAITING) this.#lose(kind, waiting, 1);
    waiting.push({ key, at: this.last });
    return true;
  }

  received(kind, key, at) {
    const waiting = this.#of(kind);
    const { timeout } = kind;
    const isLate = (trip) => timeout !== undefined && at > trip.at + timeout;
    // Replies come in order: what has not come by now is later than this one.
    const inTime = waiting.findIndex((trip) => !isLate(trip));
    this.#lose(kind, waiting, inTime < 0 ? waiting.length : inTime);
    const place = waiting.findIndex((trip) => trip.key === key);
    if (place < 0 || waiting[place].at > at) return undefined;
    const [trip] = waiting.splice(place, 1);
    this.#registry.add(kind.times, millis(at - trip.at));
    return at - trip.at;
  }

  /** What waits is lost. */
  end() {
    for (const [kind, waiting] of this.#waiting) this.#lose(kind, waiting, waiting.length);
  }

  #of(kind) {
    if (!this.#waiting.has(kind)) this.#waiting.set(kind, []);
    return this.#waiting.get(kind);
  }

  #lose(kind, waiting, count) {
    if (count === 0) return;
    waiting.splice(0, count);
    this.#registry.add(kind.lost, count);
  }
}
