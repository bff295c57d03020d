// A guest in a thread of its own, which is pushed at while it computes: see backpressure.test.js.
import { parentPort, workerData } from 'node:worker_threads';

import { Client, clientImports } from '../core/client.js';
import { Blocking } from '../core/waiter.js';
import { now } from '../src/connector.js';
import { RemoteConnector } from '../src/thread/remote-connector.js';
import { Signal } from '../src/thread/signal.js';
import { how } from './how.js';

const { port, shared, url, released } = workerData;
const signal = new Signal(shared);
const connector = new RemoteConnector(port, signal);
const waiter = new Blocking(connector.block, connector.poll);
const client = new Client({ connector, waiter, now, isInterrupted: () => signal.interrupted });
const imports = clientImports(client);

const queue = new imports['wasock:websocket/events'].EventQueue();
const socket = new imports['wasock:websocket/sockets'].Socket(queue);
socket.connect(url, how());
queue.wait(1, undefined);

// It computes, and takes nothing, until it is told that that was long enough.
parentPort.postMessage('computing');
while (Atomics.load(released, 0) === 0);

let messages = 0;
let inOrder = true;
let isOpen = true;
while (isOpen) {
  for (const { tag, val } of queue.wait(64, undefined)) {
    if (tag === 'closed') isOpen = false;
    else {
      inOrder &&= Number.parseInt(val.data, 10) === messages;
      messages += 1;
    }
  }
}
parentPort.postMessage({ messages, inOrder });
