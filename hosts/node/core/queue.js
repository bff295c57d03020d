// The queue that everything goes through on its way to the guest.
import { UNTAKEN_BYTES, UNTAKEN_EVENTS } from './limits.js';
import { limitText, Refusal, trap } from './refusal.js';

/** Entries that were taken before the array that holds them is cut: seldom enough to cost nothing. */
const CUT_AFTER = 1024;

/** `events.event-queue`. */
export class EventQueue {
  #client;
  #id;
  #entries = [];
  #head = 0;
  #bytes = 0;
  #dropped = false;
  /** Numbers of all events so far: put in, and taken. */
  #putIn = 0;
  #taken = 0;
  #waiting = false;
  /** Who waits until the guest has handled what was put in before. */
  #marks = [];
  /** Sockets that have messages the guest has taken and not told to be handled. */
  #fetched = new Set();

  constructor(client) {
    if (client.queueCount >= client.limits.queues) throw trap(limitText(`${client.limits.queues} event queues`));
    client.queueCount += 1;
    this.#client = client;
    this.#id = client.nextId('queue');
  }

  /** The number by which connectors name it. */
  get number() {
    return this.#id;
  }

  get #length() {
    return this.#entries.length - this.#head;
  }

  /** Puts an event in. `source` is its socket or timer, `bytes` its payload; `gated` if a gate has counted it. */
  put(event, source, bytes = 0, gated = false) {
    if (this.#dropped) return;
    this.#entries.push({ event, source, bytes, gated });
    this.#bytes += bytes;
    this.#putIn += 1;
    this.#client.waiter.wake();
  }

  /** What the guest does not take of what comes of its sockets and timers, if that is too much for further ones. */
  overflow() {
    const { queuedEvents, queuedBytes } = this.#client.limits;
    const [events, bytes] = [queuedEvents + UNTAKEN_EVENTS, queuedBytes + UNTAKEN_BYTES];
    if (this.#length < events && this.#bytes < bytes) return undefined;
    this.#forgetGone();
    if (this.#length < events && this.#bytes < bytes) return undefined;
    return `${events} events or ${bytes} bytes that the guest does not take`;
  }

  /** `event-queue.wait` */
  wait(max, timeout) {
    return this.#client.waiter.run(this.#waitFor(max, timeout));
  }

  *#waitFor(max, timeout) {
    const client = this.#client;
    const deadline = timeout === undefined ? undefined : client.now() + timeout;
    if (max > 0) this.#beginWait();
    if (timeout === 0n) {
      if (this.#length === 0) yield 0n;
      client.poll();
      client.checkInterrupted();
      return this.#leave(this.#take(max));
    }
    for (;;) {
      client.poll();
      client.checkInterrupted();
      const events = this.#take(max);
      if (events.length > 0) return this.#leave(events);
      const now = client.now();
      if (deadline !== undefined && now >= deadline) return this.#leave(events);
      if (max > 0) this.#passMarks();
      const next = client.timers.next();
      yield deadline === undefined || next < deadline ? next : deadline;
    }
  }

  /** Who waits for more has handled what it has. */
  #beginWait() {
    for (const socket of this.#fetched) socket.settle();
    this.#fetched.clear();
    this.#waiting = true;
    this.#passMarks();
  }

  #leave(events) {
    this.#waiting = false;
    return events;
  }

  #take(max) {
    const taken = [];
    const counts = { events: 0, bytes: 0 };
    while (taken.length < max && this.#length > 0) {
      const { event, source, bytes, gated } = this.#entries[this.#head];
      this.#entries[this.#head] = undefined;
      this.#head += 1;
      this.#count(counts, bytes, gated);
      if (!source.gone) taken.push(source.handOut(event, this.#fetched));
    }
    this.#cut();
    this.#tellTaken(counts);
    return taken;
  }

  #count(counts, bytes, gated) {
    this.#bytes -= bytes;
    this.#taken += 1;
    if (!gated) return;
    counts.events += 1;
    counts.bytes += bytes;
  }

  #tellTaken({ events, bytes }) {
    if (events > 0) this.#client.connector.taken(this.#id, events, bytes);
  }

  #cut() {
    if (this.#length > 0 && this.#head < CUT_AFTER) return;
    this.#entries = this.#length > 0 ? this.#entries.slice(this.#head) : [];
    this.#head = 0;
  }

  /** Drops events that can reach nobody any more. */
  #forgetGone() {
    const counts = { events: 0, bytes: 0 };
    this.#entries = this.#entries.slice(this.#head).filter(({ source, bytes, gated }) => {
      if (source.gone) this.#count(counts, bytes, gated);
      return !source.gone;
    });
    this.#head = 0;
    this.#tellTaken(counts);
  }

  /** Calls `then` once the guest has handled what is in here now, which its next wait after that tells. */
  whenHandled(then) {
    const mark = { putIn: this.#putIn, then };
    if (this.#dropped || (this.#waiting && this.#length === 0)) then();
    else this.#marks.push(mark);
  }

  #passMarks() {
    if (this.#marks.length === 0) return;
    const passed = this.#marks.filter(({ putIn }) => putIn <= this.#taken);
    this.#marks = this.#marks.filter(({ putIn }) => putIn > this.#taken);
    for (const { then } of passed) then();
  }

  /** The handle is dropped: what waits is dropped, and what comes is. */
  drop() {
    this.#dropped = true;
    this.#entries = [];
    this.#head = 0;
    for (const { then } of this.#marks.splice(0)) then();
    this.#client.queueCount -= 1;
    this.#client.connector.forget(this.#id);
  }
}

/** Ends a wait of a guest that is asked to finish. */
export const interrupted = () => new Refusal('interrupted');
