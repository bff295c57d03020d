// The two ways in which a guest waits. What waits is a generator: each value that it yields is the moment until which
// there is nothing to do, in nanoseconds of the clock, or `undefined` if only an event ends that.

/** The longest time that timers and `Atomics.wait` take, in milliseconds. */
const LONGEST = 2 ** 31 - 1;

/**
 * Calls that end without waiting before the event loop gets a turn: a guest that finds events again and again must not
 * keep the thread from the connections that these come from.
 */
const CALLS_PER_TURN = 128;

/** How many milliseconds there are from `now` until `moment`, rounded up. */
export const millisUntil = (moment, now) => {
  if (moment <= now) return 0;
  const millis = (moment - now + 999_999n) / 1_000_000n;
  return millis > BigInt(LONGEST) ? LONGEST : Number(millis);
};

/** Waits by promises: a guest on JSPI is suspended, and its thread goes on. */
export class Suspending {
  #now;
  #turn;
  #calls = 0;
  #resume;

  /**
   * @param {() => bigint} now the clock, in nanoseconds
   * @param {() => Promise<void>} turn lets the event loop do what there is to do
   */
  constructor(now, turn) {
    this.#now = now;
    this.#turn = turn;
  }

  /** Nothing: events are there as soon as the event loop has brought them. */
  poll() {}

  /** Something has happened that a waiting guest may want. */
  wake() {
    this.#resume?.();
  }

  /** Runs to the end; returns the result, or a promise of it. */
  run(steps) {
    const { done, value } = steps.next();
    if (!done) return this.#finish(steps, value);
    this.#calls += 1;
    return this.#calls < CALLS_PER_TURN ? value : this.#afterTurn(value);
  }

  async #afterTurn(value) {
    this.#calls = 0;
    await this.#turn();
    return value;
  }

  async #finish(steps, moment) {
    this.#calls = 0;
    let until = moment;
    for (;;) {
      await this.#pause(until);
      const { done, value } = steps.next();
      if (done) return value;
      until = value;
    }
  }

  #pause(until) {
    const now = this.#now();
    if (until !== undefined && until <= now) return this.#turn();
    return new Promise((resolve) => {
      // Also who waits without an end has a timer, which keeps the process there.
      const millis = until === undefined ? LONGEST : millisUntil(until, now);
      const timer = setTimeout(() => this.#resume?.(), millis);
      this.#resume = () => {
        clearTimeout(timer);
        this.#resume = undefined;
        resolve();
      };
    });
  }
}

/** Waits by stopping the thread, until another thread brings something. */
export class Blocking {
  #block;
  #poll;

  /**
   * @param {(until: bigint | undefined) => void} block stops the thread until then, or until something comes
   * @param {() => void} poll takes in what has come
   */
  constructor(block, poll) {
    this.#block = block;
    this.#poll = poll;
  }

  /** Takes in what other threads have brought. */
  poll() {
    this.#poll();
  }

  /** Nothing: whoever brings something is another thread, and wakes this one itself. */
  wake() {}

  /** Runs to the end, and returns the result. */
  run(steps) {
    for (;;) {
      const { done, value } = steps.next();
      if (done) return value;
      this.#block(value);
    }
  }
}
