// Connects to one endpoint after the other, and tells of each what a script sees. `__ENV.PATHS` is a JSON array.

import { WebSocket } from 'k6/websockets';
import ws from 'k6/ws';

const { URL_BASE } = __ENV;
const PATHS = JSON.parse(__ENV.PATHS);
const COMPRESSION = __ENV.COMPRESSION === '1' ? { compression: 'deflate' } : {};

/** Addresses differ from run to run. */
const plain = (text) => String(text).replace(/\d+\.\d+\.\d+\.\d+:\d+/g, 'ADDRESS');

const urlOf = (path) => (path.startsWith('ws') ? path : `${URL_BASE}${path}`);

/** A server that hangs is left, and one that waits for a message gets it. */
function begin(path, socket) {
  if (path.includes('by=stall') || path === '/silent') socket.close();
  else if (['/drop', '/reset', '/garbage'].includes(path)) socket.send('begin');
}

function connect() {
  for (const path of PATHS) {
    const seen = [];
    const response = ws.connect(urlOf(path), COMPRESSION, (socket) => {
      socket.on('open', () => {
        seen.push('open');
        begin(path, socket);
      });
      socket.on('message', (text) => seen.push(`message ${text}`));
      socket.on('error', (error) => seen.push(`error ${plain(error.error())}`));
      socket.on('close', (code) => seen.push(`close ${code}`));
    });
    if (response.error) seen.push(`error ${plain(response.error)}`);
    console.log(JSON.stringify({ path, seen: [...seen, `status ${response.status}`] }));
  }
}

const attempt = (path) =>
  new Promise((resolve) => {
    const seen = [];
    const params = { timeout: 1000, closeTimeout: 100, maxMessageSize: 1_000_000, ...COMPRESSION };
    const socket = new WebSocket(urlOf(path), null, params);
    socket.onopen = () => {
      seen.push('open');
      begin(path, socket);
    };
    socket.onmessage = ({ data }) => seen.push(`message ${data}`);
    socket.onerror = ({ error }) => seen.push(`error ${plain(error)}`);
    socket.onclose = ({ code }) => resolve([...seen, `close ${code}`]);
  });

async function webSocket() {
  for (const path of PATHS) {
    console.log(JSON.stringify({ path, seen: await attempt(path) }));
  }
}

export default function () {
  return __ENV.API === 'k6/ws' ? connect() : webSocket();
}
