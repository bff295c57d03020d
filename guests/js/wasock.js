// Tests for wasock in JavaScript, by ComponentizeJS: promises on the event queue of wit/.
import { log as writeLine } from 'wasock:websocket/console@0.1.0';
import { randomBytes, variables } from 'wasock:websocket/environment@0.1.0';
import { EventQueue } from 'wasock:websocket/events@0.1.0';
import { add, check as recordCheck, declare, Meter } from 'wasock:websocket/metrics@0.1.0';
import { Socket as Connection } from 'wasock:websocket/sockets@0.1.0';
import { Timer } from 'wasock:websocket/timers@0.1.0';

const BATCH = 64;

/** The engine's own, of which a turn of its loop is made. For tests it is replaced below. */
const engineTimeout = globalThis.setTimeout;

/** Milliseconds as a duration of the WIT, which counts nanoseconds. */
export const millis = (milliseconds) => {
  if (!(milliseconds >= 0 && milliseconds < Number.POSITIVE_INFINITY))
    throw new TypeError(`${String(milliseconds)} is no number of milliseconds`);
  return BigInt(Math.round(milliseconds * 1e6));
};

let events;
/** Who hears the events of a socket, a timer or an operation, by its kind and number. */
const listeners = new Map();
/** How to let go of the sockets and timers that there are, by the same. */
const owned = new Map();
/** Fails the stage that runs. */
let fail;

/** The queue that sockets and timers are bound to, for what is made by the bindings: a request, say. */
export const queue = () => {
  events ??= new EventQueue();
  return events;
};

/** What an event belongs to. */
const sourceOf = ({ tag, val }) => {
  if (tag === 'timer') return `timer ${val.timer}`;
  if (tag === 'completed') return `operation ${val.operation}`;
  return `socket ${val.socket}`;
};

/** Runs a stage to its end: what it waits for are events, and promises that these settle. */
const run = async (stage) => {
  let outcome;
  fail = (error) => (outcome ??= { error });
  stage().then((value) => (outcome ??= { value }), fail);
  try {
    for (;;) {
      // A turn of the engine's own loop runs all promise jobs that there are.
      await new Promise((resolve) => engineTimeout(resolve, 0));
      if (outcome) break;
      hear(nextEvents());
    }
    if ('error' in outcome) throw failure(outcome.error);
    return outcome.value;
  } finally {
    for (const letGo of owned.values()) letGo();
    owned.clear();
    listeners.clear();
  }
};

const hear = (events) => {
  try {
    for (const event of events) listeners.get(sourceOf(event))?.(event);
  } catch (error) {
    // A function that an alarm has called threw.
    fail(error);
  }
};

/** Lets an error of a promise that nobody awaits fail the stage; without this, nobody hears of it. */
export const background = (promise) => {
  promise.then(undefined, fail);
};

/** Waits until an operation has ended, a request of the bindings, say: `await completed(request.id())`. */
export const completed = (operation) => {
  const source = `operation ${operation}`;
  return new Promise((resolve) => listeners.set(source, resolve)).finally(() => listeners.delete(source));
};

const nextEvents = () => {
  try {
    return queue().wait(BATCH, undefined);
  } catch {
    throw { tag: 'interrupted' };
  }
};

const failure = (error) => {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const stack = error instanceof Error ? `${message}\n${error.stack}` : '';
  return { tag: 'exception', val: { message, stack, location: undefined } };
};

/**
 * The exported interface `lifecycle` of a test. `functions` are what iterations run; they, `setup`, `teardown` and
 * `handleSummary` may be async. Data of `setup` and `handleSummary` are values, not text.
 */
export const test = ({ options, setup, teardown, handleSummary, functions }) => {
  const parse = (json) => (json === undefined ? undefined : JSON.parse(json));
  const stages = { setup, teardown, handleSummary };
  const named = (name) => {
    if (Object.hasOwn(functions, name)) return functions[name];
    throw new Error(`there is no function "${name}"; there are: ${Object.keys(functions).join(', ')}`);
  };
  return {
    init: () => ({
      functions: [...Object.keys(functions), ...Object.keys(stages).filter((name) => stages[name])],
      options: options && JSON.stringify(options),
    }),
    setup: () => run(async () => JSON.stringify(await setup?.())),
    iterate: (name, data) => run(async () => void (await named(name)(parse(data)))),
    teardown: (data) => run(async () => void (await teardown?.(parse(data)))),
    handleSummary: (data) =>
      run(async () => {
        const files = Object.entries((await handleSummary?.(parse(data))) ?? {});
        return files.map(([destination, text]) => ({ destination, content: new TextEncoder().encode(text) }));
      }),
  };
};

/** The name of an error of the WIT, and its text if it has one. */
export const describe = (code) => (code.val === undefined ? code.tag : `${code.tag}: ${code.val}`);

/** Calls a function of the WIT, and throws its error as one that can be read. */
const checked = (what, call) => {
  try {
    return call();
  } catch (error) {
    throw error.payload ? new Error(`cannot ${what}: ${describe(error.payload)}`) : error;
  }
};

const pairs = (fields) =>
  [...(Symbol.iterator in fields ? fields : Object.entries(fields))].map(([name, value]) => ({
    name: String(name),
    value: String(value),
  }));

const optional = (convert) => (value) => (value === undefined ? undefined : convert(value));

/** How each option of a connection becomes what the WIT has. */
const conversions = {
  headers: (fields = {}) => pairs(fields),
  protocols: (names = []) => [...names].map(String),
  deflate: (offer = false) =>
    offer ? { serverNoContextTakeover: false, clientNoContextTakeover: false, ...offer } : undefined,
  timeout: optional(millis),
  closeTimeout: optional(millis),
  maxMessageSize: optional(BigInt),
  pingInterval: optional(millis),
  pongTimeout: optional(millis),
  holdCloseAnswer: Boolean,
};

/** What `connect` of the bindings takes. */
export const connectOptions = (options = {}) => {
  for (const name of Object.keys(options))
    if (!Object.hasOwn(conversions, name))
      throw new TypeError(`there is no option "${name}"; there are: ${Object.keys(conversions).join(', ')}, tags`);
  return Object.fromEntries(Object.entries(conversions).map(([name, convert]) => [name, convert(options[name])]));
};

/**
 * Opens a connection. Options are those of `connect-options` in wit/sockets.wit: `headers` is an object or pairs,
 * `protocols` an array, `deflate` true or an object, `maxMessageSize` a number of bytes, and `timeout`, `closeTimeout`,
 * `pingInterval` and `pongTimeout` are milliseconds. `tags` are those of its measurements.
 */
export const connect = async (url, { tags = {}, ...options } = {}) => {
  const how = connectOptions(options);
  const connection = new Connection(queue());
  const meter = new Meter(connection, 'ws', pairs(tags));
  const socket = new Socket(connection, meter);
  try {
    try {
      connection.connect(url, how);
    } catch (error) {
      if (!error.payload) throw error;
      meter.refused(url, error.payload);
      throw new Error(`cannot connect to ${url}: ${describe(error.payload)}`);
    }
    const { tag, val } = await socket.next();
    if (tag === 'failed') throw new Error(`cannot connect to ${url}: ${describe(val.failure.code)}`);
    socket.handshake = val.handshake;
    return socket;
  } catch (error) {
    socket.drop();
    throw error;
  }
};

/** An open connection. Its messages, pings and pongs are `for await`; that ends when the connection does. */
class Socket {
  #connection;
  #meter;
  #source;
  #events = [];
  #wake = () => {};
  /** What the server answered to the opening handshake. */
  handshake;
  /** How the connection ended: code, reason, wasClean. */
  closed;

  constructor(connection, meter) {
    this.#connection = connection;
    this.#meter = meter;
    this.#source = `socket ${connection.id()}`;
    listeners.set(this.#source, (event) => {
      this.#events.push(event);
      this.#wake();
    });
    owned.set(this.#source, () => {
      meter[Symbol.dispose]();
      connection[Symbol.dispose]();
    });
  }

  /** The socket of the bindings. */
  get connection() {
    return this.#connection;
  }

  /** The meter of the bindings: `round-trips` takes it. */
  get meter() {
    return this.#meter;
  }

  send(text) {
    checked('send', () => this.#connection.sendText(text));
  }

  sendBinary(bytes) {
    checked('send', () => this.#connection.sendBinary(bytes));
  }

  ping(payload) {
    checked('ping', () => this.#connection.ping(new TextEncoder().encode(payload)));
  }

  close(code, reason = '') {
    checked('close', () => this.#connection.close(code, reason));
  }

  /** The next event, as the WIT has it. */
  async next() {
    while (this.#events.length === 0) await new Promise((resolve) => (this.#wake = resolve));
    return this.#events.shift();
  }

  async *[Symbol.asyncIterator]() {
    while (!this.closed) {
      const { tag, val } = await this.next();
      if (tag === 'closed') {
        this.closed = val;
        if (val.failure) throw new Error(describe(val.failure.code));
      } else yield { tag, data: val.data };
    }
  }

  /** Lets go of the connection, and ends it if it still goes on. The end of a stage does so too. */
  drop() {
    letGo(this.#source);
  }
}

const letGo = (source) => {
  listeners.delete(source);
  owned.get(source)?.();
  owned.delete(source);
};

/**
 * Calls a function after so many milliseconds, and then, with a period, again and again. Returns a function that stops
 * that; the end of a stage does so too. An error of the function fails the stage.
 */
export const alarm = (call, first, period) => {
  const timer = new Timer(queue(), millis(first), period === undefined ? undefined : millis(period));
  const source = `timer ${timer.id()}`;
  owned.set(source, () => timer[Symbol.dispose]());
  listeners.set(source, () => {
    if (period === undefined) letGo(source);
    const result = call();
    if (result instanceof Promise) background(result);
  });
  return () => letGo(source);
};

/** Waits for so many milliseconds. */
export const sleep = (milliseconds) => new Promise((resolve) => alarm(resolve, milliseconds));

// The engine's own timers would keep a stage from waiting for events.
const timeouts = new Map();
let lastTimeout = 0;

const timeout = (call, delay, repeats, values) => {
  const milliseconds = Math.max(Number(delay) || 0, 0);
  lastTimeout += 1;
  const number = lastTimeout;
  const due = () => {
    if (!repeats) timeouts.delete(number);
    return call(...values);
  };
  timeouts.set(number, alarm(due, milliseconds, repeats ? Math.max(milliseconds, 1) : undefined));
  return number;
};

const clear = (number) => {
  timeouts.get(number)?.();
  timeouts.delete(number);
};

Object.assign(globalThis, {
  setTimeout: (call, delay, ...values) => timeout(call, delay, false, values),
  setInterval: (call, delay, ...values) => timeout(call, delay, true, values),
  clearTimeout: clear,
  clearInterval: clear,
});

/** Records a check, with tags of its own if there are any. Returns whether it passed. */
export const check = (name, passed, tags = {}) => {
  recordCheck(name, Boolean(passed), pairs(tags));
  return Boolean(passed);
};

/** Declares a metric: a `counter`, `gauge`, `rate` or `trend` of `default`, `time` or `data`. */
export const metric = (name, kind, contents = 'default') => {
  const number = checked(`declare ${name}`, () => declare(name, kind, contents));
  return { add: (value, tags = {}) => add(number, value, pairs(tags)) };
};

/** Writes a line to the log, of the level `debug`, `info`, `warn` or `error`. */
export const log = (line, level = 'info') => writeLine(level, 'console', String(line));

/** A variable of the run (`-e NAME=VALUE`). */
export const env = (name, otherwise) => variables().find(([found]) => found === name)?.[1] ?? otherwise;

/** A random number from `least` to `most`. */
export const random = (least, most) => {
  const [a, b, c] = randomBytes(3);
  return least + (((a << 16) | (b << 8) | c) % (most - least + 1));
};
