// Tests for wasock in JavaScript, by ComponentizeJS: promises on the event queue of wit/.
import { log as writeLine } from 'wasock:websocket/console@0.1.0';
import { randomBytes, variables } from 'wasock:websocket/environment@0.1.0';
import { EventQueue } from 'wasock:websocket/events@0.1.0';
import { add, check as recordCheck, declare, Meter } from 'wasock:websocket/metrics@0.1.0';
import { Socket as Connection } from 'wasock:websocket/sockets@0.1.0';
import { Timer } from 'wasock:websocket/timers@0.1.0';

const BATCH = 64;

/** A duration of the WIT, which counts nanoseconds. */
export const millis = (milliseconds) => BigInt(Math.round(milliseconds * 1e6));

let queue;
/** Who waits for the events of a socket or a timer, by its kind and number. */
let listeners = new Map();

const theQueue = () => {
  queue ??= new EventQueue();
  return queue;
};

/** What an event belongs to. */
const sourceOf = ({ tag, val }) => {
  if (tag === 'timer') return `timer ${val.timer}`;
  if (tag === 'completed') return `operation ${val.operation}`;
  return `socket ${val.socket}`;
};

class Interrupted extends Error {}

/** Runs a stage to its end: what it waits for are events, and promises that these settle. */
const run = async (stage) => {
  let outcome;
  stage().then(
    (value) => (outcome = { value }),
    (error) => (outcome = { error }),
  );
  try {
    for (;;) {
      // A turn of the engine's own loop runs all promise jobs that there are.
      await new Promise((resolve) => setTimeout(resolve, 0));
      if (outcome) break;
      for (const event of nextEvents()) listeners.get(sourceOf(event))?.(event);
    }
    if ('error' in outcome) throw failure(outcome.error);
    return outcome.value;
  } finally {
    listeners = new Map();
  }
};

const nextEvents = () => {
  try {
    return theQueue().wait(BATCH, undefined);
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
  return {
    init: () => ({
      functions: [...Object.keys(functions), ...Object.keys(stages).filter((name) => stages[name])],
      options: options && JSON.stringify(options),
    }),
    setup: () => run(async () => JSON.stringify(await setup?.())),
    iterate: (name, data) => run(async () => void (await functions[name](parse(data)))),
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

/** What `Connection.connect` takes. */
export const connectOptions = (options = {}) => ({
  headers: [],
  protocols: [],
  deflate: undefined,
  timeout: undefined,
  closeTimeout: undefined,
  maxMessageSize: undefined,
  pingInterval: undefined,
  pongTimeout: undefined,
  holdCloseAnswer: false,
  ...options,
});

/** Opens a connection; `tags` are those of its measurements, `options` those of the WIT. */
export const connect = async (url, { tags = {}, ...options } = {}) => {
  const connection = new Connection(theQueue());
  const meter = new Meter(connection, 'ws', Object.entries(tags).map(([name, value]) => ({ name, value })));
  const socket = new Socket(connection, meter);
  try {
    checked(`connect to ${url}`, () => connection.connect(url, connectOptions(options)));
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

  /** Lets go of the connection, and ends it if it still goes on. */
  drop() {
    listeners.delete(this.#source);
    this.#meter[Symbol.dispose]();
    this.#connection[Symbol.dispose]();
  }
}

/** Calls a function after a while, and then, with a period, again and again. Returns a function that stops that. */
export const alarm = (call, first, period) => {
  const timer = new Timer(theQueue(), millis(first), period === undefined ? undefined : millis(period));
  const source = `timer ${timer.id()}`;
  listeners.set(source, call);
  return () => {
    if (listeners.delete(source)) timer[Symbol.dispose]();
  };
};

/** Waits for so many milliseconds. */
export const sleep = async (milliseconds) => {
  let stop;
  await new Promise((resolve) => (stop = alarm(resolve, milliseconds)));
  stop();
};

/** Records a check. */
export const check = (name, passed) => {
  recordCheck(name, Boolean(passed), []);
  return Boolean(passed);
};

/** Declares a metric: a `counter`, `gauge`, `rate` or `trend` of `default`, `time` or `data`. */
export const metric = (name, kind, contents = 'default') => {
  const number = checked(`declare ${name}`, () => declare(name, kind, contents));
  return { add: (value) => add(number, value, []) };
};

/** Writes a line to the log. */
export const log = (line) => writeLine('info', 'console', String(line));

/** A variable of the run (`-e NAME=VALUE`). */
export const env = (name, otherwise) => variables().find(([found]) => found === name)?.[1] ?? otherwise;

/** A random number from `least` to `most`. */
export const random = (least, most) => {
  const [a, b, c] = randomBytes(3);
  return least + (((a << 16) | (b << 8) | c) % (most - least + 1));
};
