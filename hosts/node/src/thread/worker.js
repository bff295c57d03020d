// The thread of one guest: it makes the guest, and calls what it is asked to call.
import { parentPort, workerData } from 'node:worker_threads';

import { Blocking, Suspending } from '../../core/waiter.js';
import { Connector, now } from '../connector.js';
import { makeGuest } from '../guest.js';
import { turn } from '../turn.js';
import { RemoteConnector } from './remote-connector.js';
import { Signal } from './signal.js';

const { files, options, waiting, port, shared } = workerData;
const signal = new Signal(shared);

/** Whoever waits by promises has its connections here; whoever stops the thread has them in the other one. */
const partsOf = () => {
  if (waiting === 'jspi') return { connector: new Connector(options), waiter: new Suspending(now, turn) };
  const connector = new RemoteConnector(port, signal);
  return { connector, waiter: new Blocking(connector.block, connector.poll) };
};

const { connector, waiter } = partsOf();

/** An error that the other thread makes anew: its class does not go with a message. */
const refuse = ({ message, hint }) => {
  parentPort.postMessage({ refused: { message, hint } });
  process.exit();
};

const guest = await makeGuest(
  files,
  {
    ...{ connector, waiter, now },
    isInterrupted: () => signal.interrupted,
    interrupt: () => (signal.interrupted = true),
    write: (line) => parentPort.postMessage({ line }),
  },
  options,
).catch(refuse);

/** What the guest throws, as far as it can be told to another thread. */
const toldOf = (error) => (error instanceof Error ? { error } : { payload: error });

const call = async ({ number, path, args }) => {
  const called = path.reduce((found, name) => found[name], guest.exports);
  try {
    const value = await called(...args);
    parentPort.postMessage({ number, value });
  } catch (error) {
    parentPort.postMessage({ number, ...toldOf(error) });
  }
};

const asked = {
  call,
  report: ({ number, traffic }) => parentPort.postMessage({ number, value: guest.report(traffic) }),
  wake: () => waiter.wake(),
  close: async ({ number }) => {
    guest.leave();
    await connector.close?.();
    parentPort.postMessage({ number });
  },
};

parentPort.on('message', (message) => asked[message.what](message));

/** The names of exported functions: `true` for a function, and an object of them for an interface. */
const shapeOf = (exported) => {
  if (typeof exported === 'function') return true;
  return Object.fromEntries(Object.entries(exported).map(([name, inner]) => [name, shapeOf(inner)]));
};

parentPort.postMessage({ ready: shapeOf(guest.exports) });
