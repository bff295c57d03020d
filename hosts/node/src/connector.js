// Opens connections from this thread.
import { Gates } from '../core/gate.js';
import { defaults } from '../core/limits.js';
import { Connection } from './connection.js';
import { Exchange } from './http/exchange.js';
import { networkOf } from './network.js';
import { Traffic } from './traffic.js';

/** How long connections that are closing may take when the guest is gone, in milliseconds. */
const LEAVING = 2000;

/** The clock that events are stamped with: the same in all threads of a process. */
export const now = () => process.hrtime.bigint();

/** Who connects for one guest. */
export class Connector {
  #gates;
  #host;
  #connections = new Set();
  #empty = () => {};
  #traffic = new Traffic();

  /**
   * @param {object} options
   * @param {'all' | object} [options.network] where the guest may connect to; nowhere without it
   * @param {object} [options.tls] options of `tls.connect`
   * @param {string} options.userAgent what is sent where the guest sets none
   * @param {object} [options.limits] `queuedBytes` and `queuedEvents`
   */
  constructor({ network, tls, userAgent, limits }) {
    this.#gates = new Gates({ ...defaults, ...limits });
    const ended = (connection) => {
      this.#connections.delete(connection);
      if (this.#connections.size === 0) this.#empty();
    };
    this.#host = { network: networkOf(network), tls, userAgent, now, ended, traffic: this.#traffic };
  }

  /** Opens a connection, whose socket is told of it. */
  open(target, socket) {
    const connection = new Connection(target, socket, this.#host, this.#gates.of(target.queue));
    this.#connections.add(connection);
    return connection;
  }

  /** Carries out an exchange of HTTP, whose request is told of it. */
  exchange(asked, request) {
    const exchange = new Exchange(asked, request, this.#host);
    this.#connections.add(exchange);
    return exchange;
  }

  /** The guest has taken so many events, with so many bytes, from a queue. */
  taken(queue, events, bytes) {
    this.#gates.of(queue).take(events, bytes);
  }

  /** What waits in a queue, of what was read: `bytes` and `events`. */
  waiting(queue) {
    return this.#gates.of(queue).waiting;
  }

  /** The guest has dropped a queue. */
  forget(queue) {
    this.#gates.forget(queue);
  }

  /** The bytes that its connections have carried so far: `{ sent, received }`. */
  get traffic() {
    return this.#traffic.total;
  }

  /** Ends what there still is. Connections that are closing may send what was accepted. */
  async close() {
    for (const connection of [...this.#connections]) connection.leave();
    if (this.#connections.size === 0) return;
    const late = new Promise((resolve) => setTimeout(resolve, LEAVING).unref());
    await Promise.race([new Promise((resolve) => (this.#empty = resolve)), late]);
    for (const connection of [...this.#connections]) connection.abort();
  }
}
