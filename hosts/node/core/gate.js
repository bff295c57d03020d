// What keeps a fast sender from filling the memory: events are counted where sockets are read.

/**
 * Counts what waits in one queue of a guest's. While that is too much, the connections of the queue do not read, and
 * TCP slows their senders down. At most one read more than the bound goes in for each connection.
 */
export class Gate {
  #bytes = 0;
  #events = 0;
  #full = false;
  #readers = new Set();
  #limits;

  /** @param {{ queuedBytes: number, queuedEvents: number }} limits */
  constructor(limits) {
    this.#limits = limits;
  }

  /** What waits: for tests, and for messages about it. */
  get waiting() {
    return { bytes: this.#bytes, events: this.#events };
  }

  /** A connection reads into the queue from now on; it has `pause` and `resume`. */
  join(reader) {
    this.#readers.add(reader);
    if (this.#full) reader.pause();
  }

  /** A connection's events are for nobody from now on. */
  leave(reader) {
    if (this.#readers.delete(reader)) reader.resume();
  }

  /** An event with so many bytes of payload has gone in. */
  put(bytes) {
    this.#bytes += bytes;
    this.#events += 1;
    const { queuedBytes, queuedEvents } = this.#limits;
    if (this.#full || (this.#bytes < queuedBytes && this.#events < queuedEvents)) return;
    this.#full = true;
    for (const reader of this.#readers) reader.pause();
  }

  /** So many events, with so many bytes of payload together, have gone out. Half of the queue must be free to go on. */
  take(events, bytes) {
    this.#bytes -= bytes;
    this.#events -= events;
    const { queuedBytes, queuedEvents } = this.#limits;
    if (!this.#full || this.#bytes > queuedBytes / 2 || this.#events > queuedEvents / 2) return;
    this.#full = false;
    for (const reader of this.#readers) reader.resume();
  }

  /** The queue is gone: whatever comes is dropped, and nobody is held up. */
  open() {
    for (const reader of this.#readers) reader.resume();
    this.#readers.clear();
  }
}

/** The gates of a guest's queues, by the number of the queue. */
export class Gates {
  #gates = new Map();
  #limits;

  /** @param {{ queuedBytes: number, queuedEvents: number }} limits */
  constructor(limits) {
    this.#limits = limits;
  }

  /** The gate of a queue. */
  of(queue) {
    if (!this.#gates.has(queue)) this.#gates.set(queue, new Gate(this.#limits));
    return this.#gates.get(queue);
  }

  /** The guest has dropped a queue. */
  forget(queue) {
    this.#gates.get(queue)?.open();
    this.#gates.delete(queue);
  }
}
