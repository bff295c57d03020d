// How far an attempt to connect has come.
import { code } from '../core/refusal.js';
import { Failure } from './failure.js';

/** One attempt, which begins now. */
export class Attempt {
  #now;
  #deadline;
  #started;
  #ends = { resolved: 0n, connected: 0n, secured: 0n, finished: 0n };
  #held;
  #timer;
  #traffic;
  #isOver = false;
  /** The address that is tried, once it is known. */
  peer;
  /** Is called when the time is over. */
  onTimeout = () => {};

  /**
   * @param {bigint} timeout in nanoseconds
   * @param {() => bigint} now the clock
   * @param {import('./traffic.js').Traffic} traffic counts its bytes
   */
  constructor(timeout, now, traffic) {
    this.#now = now;
    this.#traffic = traffic;
    this.#started = now();
    this.#deadline = this.#started + timeout;
    this.#timer = setTimeout(() => this.onTimeout(), this.left());
  }

  /** The milliseconds that are left. */
  left() {
    const left = this.#deadline - this.#now();
    return Math.min(Math.max(1, Number(left / 1_000_000n)), 2 ** 31 - 1);
  }

  /** A step has come to its end. */
  step(name) {
    this.#ends[name] = this.#now() - this.#started;
  }

  /** Fails if it was given up, so that nothing more is begun. */
  check() {
    if (this.#isOver) throw new Failure(code('other', 'given up'));
  }

  /** A socket is made, whose bytes count. */
  made(socket) {
    this.#traffic.count(socket);
    this.hold(socket);
  }

  /** What is to be destroyed if the attempt is given up. */
  hold(stream) {
    this.#held = stream;
  }

  /** Destroys what there is of the connection. */
  destroy() {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#held?.on('error', () => {});
    this.#held?.destroy();
  }

  /** It is over: when each step ended. Those that were not reached have the time of the one before. */
  end() {
    clearTimeout(this.#timer);
    this.step('finished');
    const { resolved, connected, secured, finished } = this.#ends;
    const longer = (a, b) => (a > b ? a : b);
    return {
      started: this.#started,
      resolved,
      connected: longer(connected, resolved),
      secured: longer(secured, longer(connected, resolved)),
      finished,
    };
  }
}
