// Makes guests: in this thread, or in one of their own.
import { setFlagsFromString } from 'node:v8';

import { Suspending } from '../core/waiter.js';
import { Connector, now } from './connector.js';
import { makeGuest } from './guest.js';
import { checkWaiting, guestOptions } from './options.js';
import { GuestThread } from './thread/thread.js';
import { transpiled } from './transpile.js';
import { turn } from './turn.js';
import { userAgent } from './version.js';

/** Whether this Node can suspend WebAssembly that waits for a promise. */
export const hasJspi = typeof WebAssembly.Suspending === 'function';

// Guests in Python have constants that Node 20 computes only if it is told to.
if (!hasJspi) setFlagsFromString('--experimental-wasm-extended-const');

/** Lines of the console go where those of this process go, errors to standard error. */
const toConsole = ({ level, line, error }) => {
  const text = error === undefined ? line : `${line}: ${error}`;
  (level === 'error' || level === 'warn' ? process.stderr : process.stdout).write(`${text}\n`);
};

/** Makes an instance of a component. `index.d.ts` has the options. */
export const instantiate = async (component, given = {}) => {
  const options = { log: toConsole, userAgent, ...guestOptions(given) };
  const waiting = options.waiting ?? (hasJspi ? 'jspi' : 'blocking');
  checkWaiting(waiting, options, hasJspi);
  const files = await transpiled(component, { waiting, cache: options.cache });
  const inThread = options.thread ?? waiting === 'blocking';
  return inThread ? GuestThread.start(files, waiting, options) : here(files, options);
};

/** A guest in this thread. */
const here = async (files, options) => {
  const connector = new Connector(options);
  const waiter = new Suspending(now, turn);
  let interrupted = false;
  const interrupt = () => {
    interrupted = true;
    waiter.wake();
  };
  const parts = { connector, waiter, now, isInterrupted: () => interrupted, interrupt, write: options.log };
  const { exports, report, leave } = await makeGuest(files, parts, options);
  const close = () => {
    leave();
    return connector.close();
  };
  const resume = () => {
    interrupted = false;
  };
  return { exports, interrupt, resume, report: async () => report(), close, stop: close };
};
