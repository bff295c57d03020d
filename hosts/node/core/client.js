// One guest: what its queues, sockets and timers have in common, and the interfaces of the world `client` for it.
import { defaults } from './limits.js';
import { EventQueue, interrupted } from './queue.js';
import { trap } from './refusal.js';
import { Socket } from './socket.js';
import { Timer, Timers } from './timers.js';

/** The name of the method by which handles are dropped. */
export const dispose = Symbol.dispose ?? Symbol.for('dispose');

/** The largest number of a resource. */
const LAST = 0xffff_ffff;

/** The sockets of one guest: its limits, its counters, and who does the work. Nothing is shared with other guests. */
export class Client {
  #last = { queue: 0, socket: 0, timer: 0, operation: 0 };
  #isInterrupted;
  queueCount = 0;
  socketCount = 0;
  timerCount = 0;
  /** Bytes that wait to be sent on all sockets. */
  buffered = 0;
  /** Sockets from `connect` to their end. */
  sockets = new Set();
  timers = new Timers();

  /**
   * @param {object} parts
   * @param {object} parts.connector opens connections: `open(target, socket)`, `taken(queue, events, bytes)`, `forget(queue)`
   * @param {object} parts.waiter how the guest waits: one of `waiter.js`
   * @param {() => bigint} parts.now the clock, in nanoseconds
   * @param {() => boolean} parts.isInterrupted whether the guest is asked to finish
   * @param {object} [parts.limits] bounds that differ from the defaults
   */
  constructor({ connector, waiter, now, isInterrupted, limits }) {
    this.connector = connector;
    this.waiter = waiter;
    this.now = now;
    this.#isInterrupted = isInterrupted;
    this.limits = { ...defaults, ...limits };
  }

  /** Whether the guest is asked to finish. */
  get interrupted() {
    return this.#isInterrupted();
  }

  /** Takes in what has come, and puts events of timers that are due into their queues. */
  poll() {
    this.waiter.poll();
    this.timers.fire(this.now());
  }

  /** Fails if the guest is asked to finish. */
  checkInterrupted() {
    if (this.interrupted) throw interrupted();
  }

  /** The guest is over: what it still has open ends, as if it had dropped it. */
  leave() {
    for (const socket of [...this.sockets]) socket.drop();
  }

  /** The next number of a kind of resource. Numbers are never used again. */
  nextId(kind) {
    if (this.#last[kind] === LAST) throw trap(`the guest has made ${LAST} resources of one kind`);
    this.#last[kind] += 1;
    return this.#last[kind];
  }
}

/** The interfaces of the world `client`, as a component that jco has transpiled imports them. */
export const clientImports = (client) => ({
  'wasock:websocket/types': {},
  'wasock:websocket/events': {
    EventQueue: class extends EventQueue {
      constructor() {
        super(client);
      }
      [dispose]() {
        this.drop();
      }
    },
  },
  'wasock:websocket/sockets': {
    Socket: class extends Socket {
      constructor(queue) {
        super(client, queue);
      }
      [dispose]() {
        this.drop();
      }
    },
  },
  'wasock:websocket/timers': {
    now: () => client.now(),
    Timer: class extends Timer {
      constructor(queue, first, period) {
        super(client, queue, first, period);
      }
      [dispose]() {
        this.drop();
      }
    },
  },
});

/** The functions of wasock's WIT that wait: to be imported as asynchronous ones where guests wait by promises. */
export const WAITING = [
  'wasock:websocket/events@0.1.0#[method]event-queue.wait',
  'wasock:websocket/sockets@0.1.0#[method]socket.send-text',
  'wasock:websocket/sockets@0.1.0#[method]socket.send-binary',
  'wasock:websocket/http@0.1.0#wait',
];
