// What both modules put on the wire. `__ENV.URL` is a server that writes it down.

import ws from 'k6/ws';
import { WebSocket } from 'k6/websockets';

const { URL: url } = __ENV;

/** A socket of k6/ws that does something when it is open. */
const blocking = (action) => ws.connect(url, (socket) => socket.on('open', () => action(socket)));

/** A WebSocket that does something when it is open. */
function standard(action) {
  const socket = new WebSocket(url);
  socket.onopen = () => action(socket);
}

function pingThreeTimes(socket, onPong) {
  let pongs = 0;
  onPong(() => {
    pongs += 1;
    if (pongs === 3) socket.close(1000);
  });
  for (let i = 0; i < 3; i++) socket.ping();
}

const CASES = {
  wsCloses: () => blocking((socket) => socket.close()),
  wsClosesWith4000: () => blocking((socket) => socket.close(4000)),
  wsClosesWith1005: () => blocking((socket) => socket.close(1005)),
  wsThrows: () => {
    blocking(() => {
      throw new Error('expected');
    });
  },
  wsPings: () => {
    blocking((socket) => pingThreeTimes(socket, (handler) => socket.on('pong', handler)));
  },
  wsWaits: () => blocking(() => {}),
  standardPersists: () => {
    const socket = new WebSocket(url, null, { persistent: true });
    return new Promise((resolve) => {
      socket.onopen = resolve;
    });
  },
  standardCloses: () => standard((socket) => socket.close()),
  standardClosesWith3456: () => standard((socket) => socket.close(3456, 'why')),
  standardClosesWithAReason: () => standard((socket) => socket.close(undefined, 'because')),
  standardThrows: () => {
    standard(() => {
      throw new Error('expected');
    });
  },
  standardPings: () => {
    standard((socket) => {
      pingThreeTimes(socket, (handler) => {
        socket.onpong = handler;
      });
    });
  },
  standardWaits: () => standard(() => {}),
  standardSendsAndCloses: () => {
    standard((socket) => {
      socket.send('text');
      socket.send(new Uint8Array([1, 2]));
      socket.send('');
      socket.close(1000);
      socket.send('dropped');
    });
  },
};

export const options = {
  scenarios: {
    default: {
      executor: 'per-vu-iterations',
      maxDuration: __ENV.MAX_DURATION ?? '15s',
      gracefulStop: '0s',
    },
  },
};

export default () => CASES[__ENV.CASE]();
