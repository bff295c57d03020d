// Sockets that outlive the iteration that made them, and what the server said when they were opened.

import { sleep } from 'k6';
import { WebSocket } from 'k6/websockets';

const { WS } = __ENV;

let socket = null;

/** Opens one socket for all iterations of the user, once it is open. */
function opened(params = {}) {
  if (socket !== null) return Promise.resolve(socket);
  return new Promise((resolve, reject) => {
    socket = new WebSocket(`${WS}/echo`, null, { persistent: true, ...params });
    socket.onopen = () => resolve(socket);
    socket.onerror = ({ error }) => reject(new Error(error));
    socket.onclose = ({ code }) => console.log('closed', code);
  });
}

const reply = (from) => new Promise((resolve) => from.addEventListener('message', resolve, { once: true }));

/** Every iteration asks on the same socket, and awaits the answer. */
export async function asks() {
  const connection = await opened();
  connection.send(`iteration ${__ITER}`);
  const { data } = await reply(connection);
  console.log(data, connection.readyState);
}

/** What came while no iteration waited for it is handled at the end of the next. */
export function handlesLater() {
  if (socket === null) {
    return opened().then((connection) => {
      connection.onmessage = ({ data }) => console.log('received', data, 'in', __ITER);
      connection.send('first');
    });
  }
  sleep(0.2);
  console.log('iteration', __ITER);
}

/** An iteration that fails does not take the socket with it. */
export async function survivesFailures() {
  const connection = await opened();
  if (__ITER === 0) throw new Error('failed');
  connection.send('still there');
  console.log((await reply(connection)).data);
}

/** The pings of a persistent socket do not keep an iteration, and the script may close it. */
export async function closes() {
  const connection = await opened({ pingInterval: 20 });
  if (__ITER < 1) return;
  const ended = new Promise((resolve) => connection.addEventListener('close', resolve));
  connection.close(4000);
  await ended;
}

export function handshake() {
  const good = new WebSocket(`${WS}/protocol`, ['chat']);
  console.log(good.handshake);
  good.onopen = () => {
    const { status, headers, body } = good.handshake;
    console.log(status, headers.Upgrade, headers['Sec-Websocket-Protocol'], JSON.stringify(body));
    console.log(good.handshake === good.handshake, Object.isFrozen(good.handshake));
    good.close();
  };
  const bad = new WebSocket(`${WS}/status/503`);
  bad.onerror = () => {
    const { status, headers, body } = bad.handshake;
    console.log(status, headers['Content-Length'], JSON.stringify(body));
  };
  const none = new WebSocket('ws://127.0.0.1:1/');
  none.onerror = () => console.log(none.handshake);
}
