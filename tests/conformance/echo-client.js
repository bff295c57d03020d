// The client that Autobahn's fuzzing server examines: it runs one case after the other, and echoes
// what it gets. `API` is `ws` for k6/ws and `websockets` for the WebSocket class.

import { WebSocket } from 'k6/websockets';
import ws from 'k6/ws';

const { SERVER, AGENT, API } = __ENV;

/** Everything that permessage-deflate can offer, so that no case of the suite is left out. */
const compression = { clientMaxWindowBits: 15 };

export const options = {
  scenarios: { cases: { executor: 'per-vu-iterations', maxDuration: '1h' } },
};

/** Asks the server for something; the answer is the last message, or ''. */
function ask(path) {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = new WebSocket(`${SERVER}/${path}`);
    socket.onmessage = (event) => {
      text = event.data;
    };
    socket.onclose = ({ wasClean }) => {
      if (wasClean) resolve(text);
      else reject(new Error(`the server does not answer to ${path}`));
    };
  });
}

function withWebSocket(url) {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, null, { compression });
    socket.binaryType = 'arraybuffer';
    socket.onmessage = (event) => socket.send(event.data);
    socket.onclose = resolve;
  });
}

function withConnect(url) {
  ws.connect(url, { compression }, (socket) => {
    socket.on('message', (text) => socket.send(text));
    socket.on('binaryMessage', (buffer) => socket.sendBinary(buffer));
  });
}

const run = { ws: withConnect, websockets: withWebSocket }[API];

export default async function () {
  const count = Number(await ask('getCaseCount'));
  for (let number = 1; number <= count; number++) {
    await run(`${SERVER}/runCase?case=${number}&agent=${AGENT}`);
    if (number % 50 === 0) console.log(`${number} of ${count} cases`);
  }
  await ask(`updateReports?agent=${AGENT}`);
}
