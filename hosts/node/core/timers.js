// Timers without a thread or a callback: what is due is found when somebody looks.
import { MIN_PERIOD } from './limits.js';
import { limitText, trap } from './refusal.js';

/** The timers of one guest that run, the next one first. */
export class Timers {
  #armed = [];

  /** Starts a timer for its due time. */
  arm(timer) {
    this.#armed.splice(this.#placeOf(timer.due), 0, timer);
  }

  /** Stops a timer. */
  disarm(timer) {
    const place = this.#armed.indexOf(timer);
    if (place >= 0) this.#armed.splice(place, 1);
  }

  /** Puts an event for each timer that is due by `moment` into its queue. */
  fire(moment) {
    while (this.#armed.length > 0 && this.#armed[0].due <= moment) this.#armed.shift().fire();
  }

  /** When the next one is due. */
  next() {
    return this.#armed[0]?.due;
  }

  /** Behind those that are due at the same time. */
  #placeOf(due) {
    let low = 0;
    let high = this.#armed.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#armed[middle].due <= due) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** `timers.timer`: an alarm, once or again and again. */
export class Timer {
  #client;
  #queue;
  #id;
  #period;
  #stopped;
  /** When it is due, or was due, in nanoseconds. */
  due;

  /** Its event is always for somebody: it outlives the handle. */
  gone = false;

  constructor(client, queue, first, period) {
    if (client.timerCount >= client.limits.timers) throw trap(limitText(`${client.limits.timers} timers`));
    const overflow = queue.overflow();
    if (overflow) throw trap(limitText(overflow));
    this.#client = client;
    this.#queue = queue;
    this.#id = client.nextId('timer');
    this.#period = period !== undefined && period < MIN_PERIOD ? MIN_PERIOD : period;
    this.due = client.now() + first;
    client.timerCount += 1;
    client.timers.arm(this);
  }

  /** `timer.id` */
  id() {
    return this.#id;
  }

  /** Puts its event into the queue; the next one is made when that one is taken. */
  fire() {
    this.#queue.put({ tag: 'timer', val: { timer: this.#id, due: this.due, missed: 0n } }, this);
  }

  /** The event as the guest gets it: with the periods that have gone by besides the one that made it. */
  handOut(event) {
    if (this.#period === undefined) return event;
    const until = this.#stopped ?? this.#client.now();
    const missed = until > this.due ? (until - this.due) / this.#period : 0n;
    this.due += (1n + missed) * this.#period;
    if (this.#stopped === undefined) this.#client.timers.arm(this);
    return { tag: 'timer', val: { ...event.val, missed } };
  }

  /** The handle is dropped. What is due already is still delivered. */
  drop() {
    this.#client.timers.fire(this.#client.now());
    this.#stopped = this.#client.now();
    this.#client.timers.disarm(this);
    this.#client.timerCount -= 1;
  }
}
