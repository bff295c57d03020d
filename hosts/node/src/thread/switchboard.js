// Carries out what a guest in another thread asks of its connections, and tells it what comes of them.

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

  #do(what, [id, ...told]) {
    if (what === 'open') this.#open(id);
    else if (what === 'taken') this.#connector.taken(id, ...told);
    else if (what === 'forget') this.#connector.forget(id);
    else this.#connections.get(id)?.[what](...told);
  }

  #open(target) {
    const { id, queue } = target;
    const pass = (what) => (...told) => {
      if (what === 'closed' || what === 'failed') this.#connections.delete(id);
      this.#tell([id, queue, what, ...told]);
    };
    const told = ['opened', 'failed', 'received', 'flushed', 'asked', 'closed'].map((what) => [what, pass(what)]);
    this.#connections.set(id, this.#connector.open(target, Object.fromEntries(told)));
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

  /** Ends the connections; see `Connector.close`. */
  async close() {
    this.#port.close();
    await this.#connector.close();
  }
}
