// A guest without WebAssembly, for tests of what it is given: queue, sockets and timers as the WIT has them.
import { after } from 'node:test';

import { Client, clientImports } from '../core/client.js';
import { Suspending } from '../core/waiter.js';
import { Connector, now } from '../src/connector.js';
import { turn } from '../src/turn.js';
import { how } from './how.js';

/** One guest; `clock` takes the place of the real one. */
export const makeGuest = ({ clock = now, ...options } = {}) => {
  const connector = new Connector({ network: 'all', userAgent: 'test', ...options });
  const waiter = new Suspending(clock, turn);
  const guest = { interrupted: false };
  const parts = { connector, waiter, now: clock, isInterrupted: () => guest.interrupted, limits: options.limits };
  const client = new Client(parts);
  const imports = clientImports(client);
  after(() => connector.close());
  return Object.assign(guest, {
    client,
    waiter,
    connector,
    EventQueue: imports['wasock:websocket/events'].EventQueue,
    Socket: imports['wasock:websocket/sockets'].Socket,
    Timer: imports['wasock:websocket/timers'].Timer,
  });
};

/** The next event of a queue. */
export const next = async (queue) => {
  const [event] = await queue.wait(1, undefined);
  return event;
};

/** Opens a socket, and takes its `opened`. */
export const open = async (guest, queue, url, options) => {
  const socket = new guest.Socket(queue);
  socket.connect(url, how(options));
  const { tag, val } = await next(queue);
  if (tag !== 'opened') throw new Error(`${url}: ${JSON.stringify(val.failure)}`);
  return { socket, opened: val };
};

/** What a call is refused with, as its payload. */
export const refusal = async (call) => {
  try {
    await call();
  } catch (error) {
    if ('payload' in error) return error.payload;
    throw error;
  }
  throw new Error('the call is not refused');
};
