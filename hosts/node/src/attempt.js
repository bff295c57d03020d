// How far an attempt to connect has come.

/** One attempt, which begins now. */
export class Attempt {
  #now;
  #deadline;
  #started;
  #ends = { resolved: 0n, connected: 0n, secured: 0n, finished: 0n };
  #held;
  #timer;
  /** The address that is tried, once it is known. */
  peer;
  /** Is called when the time is over. */
  onTimeout = () => {};

  /** @param {bigint} timeout in nanoseconds */
  constructor(timeout, now) {
    this.#now = now;
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

  /** What is to be destroyed if the attempt is given up. */
  hold(stream) {
    this.#held = stream;
  }

  /** Destroys what there is of the connection. */
  destroy() {
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
