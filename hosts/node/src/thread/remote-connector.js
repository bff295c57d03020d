// The connections of a guest whose thread stops while it waits: they are in another thread.
import { receiveMessageOnPort } from 'node:worker_threads';

import { millisUntil } from '../../core/waiter.js';
import { now } from '../connector.js';

/** What is told last. */
export const LAST = ['closed', 'failed', 'answered'];

/** A connector that tells the other thread what to do, and takes in what that tells. */
export class RemoteConnector {
  #port;
  #signal;
  #sockets = new Map();

  /**
   * @param {import('node:worker_threads').MessagePort} port to the switchboard in the other thread
   * @param {import('./signal.js').Signal} signal rings when the switchboard has sent something
   */
  constructor(port, signal) {
    this.#port = port;
    this.#signal = signal;
  }

  /** Opens a connection, whose socket is told of it. */
  open(target, socket) {
    const { id } = target;
    this.#sockets.set(id, socket);
    const tell = (...command) => this.#port.postMessage(command);
    tell('open', target);
    return {
      send: (kind, data, bytes) => tell('send', id, kind, data, bytes),
      close: (code, reason) => tell('close', id, code, reason),
      abort: () => tell('abort', id),
      answer: () => tell('answer', id),
      leave: () => {
        this.#sockets.delete(id);
        tell('leave', id);
      },
    };
  }

  /** Carries out an exchange of HTTP, whose request is told of it. */
  exchange(asked, request) {
    const { id } = asked;
    this.#sockets.set(id, request);
    this.#port.postMessage(['exchange', asked]);
    // Its end is told also if it is given up.
    return { abort: () => this.#port.postMessage(['abort', id]) };
  }

  /** The guest has taken so many events, with so many bytes, from a queue. */
  taken(queue, events, bytes) {
    this.#port.postMessage(['taken', queue, events, bytes]);
  }

  /** The guest has dropped a queue. */
  forget(queue) {
    this.#port.postMessage(['forget', queue]);
  }

  /** Takes in what has come. */
  poll = () => {
    for (let batch = receiveMessageOnPort(this.#port); batch; batch = receiveMessageOnPort(this.#port)) {
      for (const [id, queue, what, ...told] of batch.message) this.#tell(id, queue, what, told);
    }
  };

  #tell(id, queue, what, told) {
    const socket = this.#sockets.get(id);
    if (LAST.includes(what)) this.#sockets.delete(id);
    if (socket) socket[what](...told);
    // A gate has counted what comes too late for its socket.
    else if (what === 'received') this.taken(queue, 1, told[2]);
  }

  /** Stops the thread until something comes, or until a moment of the clock. */
  block = (until) => {
    const { news } = this.#signal;
    const batch = receiveMessageOnPort(this.#port);
    if (batch) {
      for (const [id, queue, what, ...told] of batch.message) this.#tell(id, queue, what, told);
      return;
    }
    const millis = until === undefined ? Infinity : millisUntil(until, now());
    if (millis > 0 && !this.#signal.interrupted) this.#signal.wait(news, millis);
  };
}
