// Drives a headless Chromium by its DevTools protocol.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import WebSocket from 'ws';

/** The program, as Debian names it. */
const CHROMIUM = 'chromium';

/** Nothing of its own goes over the network. */
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--window-size=1000,900',
  '--remote-debugging-port=0',
];

/** A browser with one page. */
export class Browser {
  #process;
  #profile;
  #socket;
  #session;
  #calls = new Map();
  #last = 0;
  /** What pages have complained of: uncaught exceptions, and errors on the console. */
  complaints = [];

  /** A browser with a fresh profile. */
  static async start() {
    const browser = new Browser();
    await browser.#start();
    return browser;
  }

  async #start() {
    this.#profile = await mkdtemp(join(tmpdir(), 'wasock-chromium-'));
    this.#process = spawn(CHROMIUM, [...FLAGS, `--user-data-dir=${this.#profile}`], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const address = await new Promise((resolve, reject) => {
      this.#process.once('error', () => reject(new Error('there is no Chromium: install the package chromium')));
      createInterface(this.#process.stderr).on('line', (line) => {
        const [, found] = /^DevTools listening on (.*)$/.exec(line) ?? [];
        if (found) resolve(found);
      });
    });
    this.#socket = new WebSocket(address, { perMessageDeflate: false, maxPayload: 0 });
    this.#socket.on('message', (data) => this.#take(JSON.parse(data)));
    await once(this.#socket, 'open');
    const { targetId } = await this.call('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.call('Target.attachToTarget', { targetId, flatten: true });
    this.#session = sessionId;
    for (const domain of ['Page.enable', 'Runtime.enable', 'Log.enable']) await this.call(domain);
  }

  #take({ id, result, error, method, params }) {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    if (error) call.reject(new Error(error.message));
    else if (call) call.resolve(result);
    if (method === 'Runtime.exceptionThrown') this.complaints.push(params.exceptionDetails.exception.description);
    if (method === 'Page.loadEventFired') this.#loaded?.();
  }

  #loaded;

  /** Calls a method of the protocol. */
  call(method, params = {}) {
    this.#last += 1;
    this.#socket.send(JSON.stringify({ id: this.#last, method, params, sessionId: this.#session }));
    return new Promise((resolve, reject) => this.#calls.set(this.#last, { resolve, reject }));
  }

  /** Opens a page, and waits until it is loaded. */
  async open(url) {
    const loaded = new Promise((resolve) => (this.#loaded = resolve));
    const { errorText } = await this.call('Page.navigate', { url });
    if (errorText) throw new Error(`${url}: ${errorText}`);
    await loaded;
  }

  /** Runs a function in the page, with arguments that are JSON, and returns what it, or its promise, returns. */
  async evaluate(body, ...args) {
    const expression = `(${body})(...${JSON.stringify(args)})`;
    const how = { expression, awaitPromise: true, returnByValue: true, userGesture: true };
    const { result, exceptionDetails } = await this.call('Runtime.evaluate', how);
    if (exceptionDetails) {
      throw new Error(exceptionDetails.exception?.description ?? JSON.stringify(exceptionDetails.exception?.value));
    }
    return result.value;
  }

  /** A picture of the page, as PNG. */
  async picture() {
    const { data } = await this.call('Page.captureScreenshot', { format: 'png' });
    return Buffer.from(data, 'base64');
  }

  /** Ends the browser. */
  async close() {
    const ended = once(this.#process, 'exit');
    this.#process.kill();
    await ended;
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
