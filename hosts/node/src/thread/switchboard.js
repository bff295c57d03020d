// Carries out what a guest in another thread asks of its connections, and tells it what comes of them.

import { turn } from '../turn.js';
import { LAST } from './remote-connector.js';

/** What a socket, or a request, is told. */
const FACTS = ['opened', 'failed', 'received', 'flushed', 'asked', 'closed', 'answered'];

/** Serves one guest. */
export class Switchboard {
  #port;
  #signal;
  #connector;
  #connections = new Map();
  /** What is told in one go: what one turn of the event loop brings. */
  #batch = [];

  /**
   * @param {import('node:worker_threads').MessagePort} port to the guest's `RemoteConnector`
   * @param {import('./signal.js').Signal} signal is rung when something was sent
   * @param {import('../connector.js').Connector} connector
   */
  constructor(port, signal, connector) {
    this.#port = port;
    this.#signal = signal;
    this.#connector = connector;
    port.on('message', ([what, ...told]) => this.#do(what, told));
  }

  #do(what, [first, ...rest]) {
    if (what === 'open' || what === 'exchange') this.#begin(what, first);
    else if (what === 'taken' || what === 'forget') this.#connector[what](first, ...rest);
    else this.#connections.get(first)?.[what](...rest);
  }

  /** Begins a connection, or an exchange of HTTP. */
  #begin(what, target) {
    const { id, queue } = target;
    const pass =
      (fact) =>
      (...told) => {
        if (LAST.includes(fact)) this.#connections.delete(id);
        this.#tell([id, queue, fact, ...told]);
      };
    const told = FACTS.map((fact) => [fact, pass(fact)]);
    this.#connections.set(id, this.#connector[what](target, Object.fromEntries(told)));
  }

  #tell(entry) {
    this.#batch.push(entry);
    if (this.#batch.length === 1) process.nextTick(() => this.#flush());
  }

  #flush() {
    this.#port.postMessage(this.#batch);
    this.#batch = [];
    this.#signal.ring();
  }

  /** The bytes that the connections have carried so far. */
  get traffic() {
    return this.#connector.traffic;
  }

  /** Ends the connections, and tells what comes of that; see `Connector.close`. */
  async leave() {
    // What the guest has asked for last may be on its way.
    await turn();
    await this.#connector.close();
    await turn();
  }

  /** Ends the connections, and tells nothing any more. */
  async close() {
    this.#port.close();
    await this.#connector.close();
  }
}
