// Pings at an interval, and the time that their answers may take.
import { MIN_PING_INTERVAL } from '../core/limits.js';

/** What the payload of each of these pings begins with; its number follows. */
const PAYLOAD = 'interval-';

/** Longer than this no timer of Node waits, in milliseconds. */
const LONGEST = 2 ** 31 - 1;

/** The pings that the host sends by itself (`connect-options.ping-interval`). */
export class Keepalive {
  #ticks;
  #pings = 0;
  #timeout;
  #deadline;
  /** One is on its way: while the peer takes nothing, no second one is made. */
  #sending = false;
  #connection;

  /**
   * @param {{ pingInterval?: bigint, pongTimeout?: bigint }} options in nanoseconds
   * @param {object} connection `ping(payload)`, `isReading()`, and `lost(text)` when no answer has come in time
   */
  constructor({ pingInterval, pongTimeout }, connection) {
    this.#connection = connection;
    this.#timeout = pongTimeout;
    if (!pingInterval) return;
    const interval = pingInterval < MIN_PING_INTERVAL ? MIN_PING_INTERVAL : pingInterval;
    const millis = Number(interval) / 1e6;
    if (millis <= LONGEST) this.#ticks = setInterval(() => this.#tick(), millis);
  }

  #tick() {
    if (this.#timeout !== undefined && !this.#deadline) this.#arm();
    if (this.#sending) return;
    this.#sending = true;
    this.#connection.ping(Buffer.from(`${PAYLOAD}${this.#pings}`));
    this.#pings += 1;
  }

  #arm() {
    const millis = Math.min(Number(this.#timeout) / 1e6, LONGEST);
    this.#deadline = setTimeout(() => {
      this.#deadline = undefined;
      // What is not read cannot be missed: the next ping begins to wait anew.
      if (this.#connection.isReading()) this.#connection.lost(`no pong came within ${inWords(this.#timeout)}`);
    }, millis);
  }

  /** The last ping is with the operating system. */
  sent() {
    this.#sending = false;
  }

  /** A pong arrived. One for any of the pings proves that the peer is there. */
  answered(payload) {
    const [, number] = /^interval-(\d+)$/.exec(payload.toString('latin1')) ?? [];
    if (number === undefined || Number(number) >= this.#pings) return;
    clearTimeout(this.#deadline);
    this.#deadline = undefined;
  }

  /** No further pings. */
  stop() {
    clearInterval(this.#ticks);
    clearTimeout(this.#deadline);
  }
}

/** A time in its largest unit: `2.5s`. */
const inWords = (nanos) => {
  const units = [
    ['s', 1e9],
    ['ms', 1e6],
    ['µs', 1e3],
  ];
  const [unit, size] = units.find(([, least]) => Number(nanos) >= least) ?? ['ns', 1];
  return `${Number(nanos) / size}${unit}`;
};
