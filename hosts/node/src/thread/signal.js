// What the thread of a guest and the one that made it share.

/** The places in the shared array. */
const NEWS = 0;
const INTERRUPTED = 1;

/** A bell that wakes a thread which waits by `Atomics.wait`, and whether its guest is asked to finish. */
export class Signal {
  #shared;

  /** @param {Int32Array} [shared] of the signal at the other end */
  constructor(shared = new Int32Array(new SharedArrayBuffer(8))) {
    this.#shared = shared;
  }

  /** What the other end is made of. */
  get shared() {
    return this.#shared;
  }

  /** Whether the guest is asked to finish. */
  get interrupted() {
    return Atomics.load(this.#shared, INTERRUPTED) === 1;
  }

  /** Asks the guest to finish, or takes that back. */
  set interrupted(whether) {
    Atomics.store(this.#shared, INTERRUPTED, whether ? 1 : 0);
    this.ring();
  }

  /** There is news. */
  ring() {
    Atomics.add(this.#shared, NEWS, 1);
    Atomics.notify(this.#shared, NEWS);
  }

  /** How often it has rung. */
  get news() {
    return Atomics.load(this.#shared, NEWS);
  }

  /** Stops the thread until it has rung since `news`, at most for so many milliseconds. */
  wait(news, millis) {
    Atomics.wait(this.#shared, NEWS, news, millis);
  }
}
