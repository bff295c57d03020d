// The metrics of a guest, kept as sums: memory does not grow with what is measured.

/** The most metrics of one guest: more means that data was put into names. */
const MOST = 4096;

const NAME = /^[a-zA-Z_][a-zA-Z0-9_]{1,128}$/;

/** The metrics that there are in every run of wasock, with kind and contents; hosts measure some of them. */
const BUILTIN = {
  checks: ['rate', 'default'],
  iterations: ['counter', 'default'],
  iteration_duration: ['trend', 'time'],
  dropped_iterations: ['counter', 'default'],
  vus: ['gauge', 'default'],
  vus_max: ['gauge', 'default'],
  data_sent: ['counter', 'data'],
  data_received: ['counter', 'data'],
  group_duration: ['trend', 'time'],
  ws_sessions: ['counter', 'default'],
  ws_connecting: ['trend', 'time'],
  ws_session_duration: ['trend', 'time'],
  ws_ping: ['trend', 'time'],
  ws_msgs_sent: ['counter', 'default'],
  ws_msgs_received: ['counter', 'default'],
  ws_connect_errors: ['counter', 'default'],
  ws_session_errors: ['counter', 'default'],
  http_reqs: ['counter', 'default'],
  http_req_duration: ['trend', 'time'],
  http_req_blocked: ['trend', 'time'],
  http_req_connecting: ['trend', 'time'],
  http_req_tls_handshaking: ['trend', 'time'],
  http_req_sending: ['trend', 'time'],
  http_req_waiting: ['trend', 'time'],
  http_req_receiving: ['trend', 'time'],
  http_req_failed: ['rate', 'default'],
};

/** Metrics that k6 does not have: one of the guest's with the same name takes their place. */
const YIELDING = ['ws_connect_errors', 'ws_session_errors'];

/** What each kind of metric makes of values. */
const SUMS = {
  counter: () => ({ count: 0 }),
  gauge: () => ({ value: 0, min: Infinity, max: -Infinity }),
  rate: () => ({ passes: 0, fails: 0 }),
  trend: () => ({ count: 0, sum: 0, min: Infinity, max: -Infinity }),
};

/** The sums with one more value in them. */
const ADD = {
  counter: ({ count }, value) => ({ count: count + value }),
  gauge: (sums, value) => ({ value, ...widened(sums, value) }),
  rate: ({ passes, fails }, value) => (value === 0 ? { passes, fails: fails + 1 } : { passes: passes + 1, fails }),
  trend: (sums, value) => ({ count: sums.count + 1, sum: sums.sum + value, ...widened(sums, value) }),
};

const widened = ({ min, max }, value) => ({ min: Math.min(min, value), max: Math.max(max, value) });

/** Metrics by number and by name. */
export class Registry {
  #metrics = [];
  #numbers = new Map();
  /** Built-in metrics whose place the guest has taken. */
  #replaced = new Set();

  constructor() {
    for (const [name, [kind, contents]] of Object.entries(BUILTIN)) this.#push(name, kind, contents);
  }

  #push(name, kind, contents) {
    this.#numbers.set(name, this.#metrics.length);
    this.#metrics.push({ name, kind, contents, sums: SUMS[kind](), used: false });
    return this.#metrics.length - 1;
  }

  /** The number of a metric; fails with a text for the script. */
  declare(name, kind, contents) {
    if (!NAME.test(name)) {
      const rule = 'it must have 2 to 129 ASCII letters, digits or underscores and not start with a digit';
      throw `invalid metric name '${name}': ${rule}`;
    }
    const number = this.#numbers.get(name);
    if (number !== undefined && YIELDING.includes(name) && !this.#replaced.has(name)) {
      this.#replaced.add(name);
      return this.#push(name, kind, contents);
    }
    if (number !== undefined) {
      this.#checkSame(this.#metrics[number], kind, contents);
      return number;
    }
    if (this.#metrics.length >= MOST) {
      const advice = `a test may have ${MOST} metrics; use tags to tell values apart`;
      throw `metric '${name}' would be one too many: ${advice}`;
    }
    return this.#push(name, kind, contents);
  }

  #checkSame({ name, ...metric }, kind, contents) {
    const declared = `metric '${name}' was declared`;
    if (metric.kind !== kind) throw `${declared} as a ${metric.kind} and cannot also be a ${kind}`;
    if (metric.contents !== contents) {
      throw `${declared} with values of type ${metric.contents} and cannot also have type ${contents}`;
    }
  }

  /** The name of a metric, if there is one of this number. */
  nameOf(number) {
    return this.#metrics[number]?.name;
  }

  /** Adds a value to a metric, by number, or by name to one that is built in. */
  add(which, value) {
    if (this.#replaced.has(which)) return;
    const metric = this.#metrics[typeof which === 'string' ? this.#numbers.get(which) : which];
    metric.used = true;
    metric.sums = ADD[metric.kind](metric.sums, value);
  }

  /** The sums of all metrics that have values, by name. */
  sums() {
    const used = this.#metrics.filter((metric) => metric.used);
    return Object.fromEntries(used.map(({ name, kind, contents, sums }) => [name, { kind, contents, ...sums }]));
  }
}
