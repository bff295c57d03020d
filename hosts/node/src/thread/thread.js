// A guest in a thread of its own, as its embedder sees it.
import { MessageChannel, Worker } from 'node:worker_threads';
import { HostError } from '../../core/host-error.js';
import { Connector } from '../connector.js';
import { Signal } from './signal.js';
import { Switchboard } from './switchboard.js';

/** The thread of one guest. */
export class GuestThread {
  #worker;
  #signal = new Signal();
  #switchboard;
  #calls = new Map();
  #last = 0;
  #gone;
  #lastReport;
  #log;
  /** The exported functions; all return promises. */
  exports;

  /** Starts a thread, and makes the guest in it. */
  static async start(files, waiting, options) {
    const thread = new GuestThread();
    try {
      await thread.#start(files, waiting, options);
      return thread;
    } catch (error) {
      // Nothing of it may keep the process.
      await thread.stop();
      throw error;
    }
  }

  async #start(files, waiting, { log, ...options }) {
    this.#log = log;
    const { port1, port2 } = new MessageChannel();
    const isRemote = waiting === 'blocking';
    if (isRemote) this.#switchboard = new Switchboard(port1, this.#signal, new Connector(options));
    // Functions stay where they are.
    const { network, tls, ...plain } = options;
    const passed = isRemote ? plain : options;
    const data = { files, waiting, options: passed, port: port2, shared: this.#signal.shared };
    const ready = new Promise((resolve, reject) => this.#calls.set('ready', { resolve, reject }));
    this.#worker = this.#spawn(data, port2);
    this.exports = this.#functions(await ready, []);
  }

  #spawn(workerData, port) {
    let worker;
    try {
      worker = new Worker(new URL('worker.js', import.meta.url), { workerData, transferList: [port] });
    } catch (error) {
      this.#switchboard?.close();
      const hint =
        "with waiting: 'jspi' functions need thread: false; with waiting: 'blocking' rules of network may have some";
      throw new HostError(`the options cannot be passed to a thread: ${error.message}`, hint);
    }
    worker.on('message', (message) => this.#take(message));
    worker.on('error', (error) => this.#end(error));
    worker.on('exit', () => this.#end(new Error('the thread of the guest was stopped')));
    return worker;
  }

  #take({ line, ready, refused, number, value, error, payload }) {
    if (line) return this.#log(line);
    if (refused) return this.#end(new HostError(refused.message, refused.hint));
    const key = ready ? 'ready' : number;
    const call = this.#calls.get(key);
    this.#calls.delete(key);
    if (ready) call.resolve(ready);
    else if (error) call.reject(error);
    else if (payload !== undefined) call.reject(payload);
    else call.resolve(value);
  }

  #end(error) {
    this.#gone ??= error;
    for (const { reject } of this.#calls.values()) reject(this.#gone);
    this.#calls.clear();
  }

  #ask(message) {
    if (this.#gone) return Promise.reject(this.#gone);
    return new Promise((resolve, reject) => {
      this.#last += 1;
      this.#calls.set(this.#last, { resolve, reject });
      this.#worker.postMessage({ number: this.#last, ...message });
    });
  }

  #functions(shape, path) {
    const functions = Object.entries(shape).map(([name, inner]) => {
      const here = [...path, name];
      if (inner !== true) return [name, this.#functions(inner, here)];
      return [name, (...args) => this.#ask({ what: 'call', path: here, args })];
    });
    return Object.fromEntries(functions);
  }

  /** Asks the guest to finish: its `wait` says `interrupted` until `resume` is called. */
  interrupt() {
    this.#signal.interrupted = true;
    this.#worker.postMessage({ what: 'wake' });
  }

  /** The next call is a new one, which nobody has asked to finish. */
  resume() {
    this.#signal.interrupted = false;
  }

  /** What the guest has measured; after its end, what it had measured by then. */
  async report() {
    if (this.#gone && this.#lastReport) return this.#lastReport;
    return this.#ask({ what: 'report', traffic: this.#switchboard?.traffic });
  }

  /** Ends the guest and its connections. Those that are closing may send what was accepted. */
  async close() {
    if (!this.#gone) this.#lastReport = await this.#leave().catch(() => undefined);
    await this.stop();
  }

  /** Ends what the guest has open; returns what it has measured by then. */
  async #leave() {
    await this.#ask({ what: 'close' });
    await this.#switchboard?.leave();
    return this.report();
  }

  /** Ends the guest at once, whatever it does. */
  async stop() {
    await Promise.all([this.#switchboard?.close(), this.#worker?.terminate()]);
  }
}
