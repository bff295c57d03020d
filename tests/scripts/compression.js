// permessage-deflate, as both APIs ask for it.

import { WebSocket } from 'k6/websockets';
import ws from 'k6/ws';
import { thrown } from './thrown.js';

const { WS } = __ENV;
const LARGE = 'compressible '.repeat(50_000);

const answering = (answer) => `${WS}/deflate?answer=${encodeURIComponent(answer)}`;

/** Echoes a large text and its bytes through ws.connect. */
export function connect() {
  const response = ws.connect(`${WS}/deflate`, { compression: ' deflate ' }, (socket) => {
    socket.on('open', () => socket.send(LARGE));
    socket.on('message', (text) => {
      console.log('text', text === LARGE);
      socket.sendBinary(new Uint8Array(LARGE.length).fill(7).buffer);
    });
    socket.on('binaryMessage', (buffer) => {
      console.log('binary', new Uint8Array(buffer).every((byte) => byte === 7), buffer.byteLength);
      socket.close();
    });
  });
  console.log(response.status, response.headers['Sec-Websocket-Extensions']);
}

/** The same through WebSocket, with what it offers logged. */
function echo(compression, url = `${WS}/deflate`) {
  const socket = new WebSocket(url, null, compression === undefined ? {} : { compression });
  socket.binaryType = 'arraybuffer';
  socket.onopen = () => {
    console.log('open', JSON.stringify(socket.extensions));
    socket.send(LARGE);
  };
  socket.onmessage = ({ data }) => {
    console.log('text', data === LARGE);
    socket.close();
  };
  socket.onerror = ({ error }) => console.log('error', error);
  socket.onclose = ({ code, wasClean }) => console.log('close', code, wasClean);
}

export const deflate = () => echo('deflate');

export const contextTakeover = () => echo({}, answering('permessage-deflate'));

export function windowBits() {
  const answer = 'permessage-deflate; server_max_window_bits=10; client_max_window_bits=9';
  echo({ serverMaxWindowBits: 10, clientMaxWindowBits: 12 }, answering(answer));
}

export const declined = () => echo('deflate', `${WS}/echo`);

export const notOffered = () => echo(undefined, answering('permessage-deflate'));

export const wrongTerms = () => echo('deflate', answering('permessage-deflate; unknown'));

export const windowOutOfRange = () => echo({ clientMaxWindowBits: 8 });

/** What is on the wire: the offer. */
export function offers() {
  for (const compression of ['deflate', { serverMaxWindowBits: 9, clientNoContextTakeover: true }]) {
    const socket = new WebSocket(`${WS}/headers`, null, { compression });
    socket.onmessage = ({ data }) => {
      console.log(JSON.parse(data)['sec-websocket-extensions']);
      socket.close();
    };
  }
}

export function refused() {
  const make = (compression) => thrown(() => new WebSocket(WS, null, { compression }));
  console.log(make('gzip'));
  console.log(make({ level: 9 }));
  console.log(make({ clientMaxWindowBits: 'many' }));
  console.log(thrown(() => ws.connect(WS, { compression: 'gzip' }, () => {})));
  console.log(thrown(() => ws.connect(WS, { compression: null }, () => {})));
}

/** A message that is small on the wire and larger than the script accepts. */
export function bomb() {
  const params = { compression: 'deflate', maxMessageSize: 100_000 };
  const socket = new WebSocket(`${WS}/bomb?size=50000000`, null, params);
  socket.onmessage = () => console.log('message');
  socket.onerror = ({ error }) => console.log('error', error);
  socket.onclose = ({ code, wasClean }) => console.log('close', code, wasClean);
}
